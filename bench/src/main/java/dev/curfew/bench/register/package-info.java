// SPDX-License-Identifier: Apache-2.0
/// A callback registered for a stop, and taken back.
@org.jspecify.annotations.NullMarked
package dev.curfew.bench.register;
