// SPDX-License-Identifier: Apache-2.0
/// A check in every iteration of a loop.
@org.jspecify.annotations.NullMarked
package dev.curfew.bench.check;
