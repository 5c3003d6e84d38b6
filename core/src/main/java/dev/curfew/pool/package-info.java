// SPDX-License-Identifier: Apache-2.0
/// Executors that can be stopped, reported on, and opened again.
@org.jspecify.annotations.NullMarked
package dev.curfew.pool;
