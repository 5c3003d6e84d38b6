// SPDX-License-Identifier: Apache-2.0
/// Workers that take items from a queue, or own a resource, and can be stopped with nothing lost.
@org.jspecify.annotations.NullMarked
package dev.curfew.worker;
