// SPDX-License-Identifier: Apache-2.0
/// The contenders that run in JVMs of their own, and what they have to do.
@org.jspecify.annotations.NullMarked
package dev.curfew.bench.peer;
