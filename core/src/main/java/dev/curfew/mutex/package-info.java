// SPDX-License-Identifier: Apache-2.0
/// What the machines of this library guard their fields by. Not exported.
@org.jspecify.annotations.NullMarked
package dev.curfew.mutex;
