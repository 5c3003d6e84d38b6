// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What became of one class.
///
/// @param bytes the woven class file, or null if it stays as it was
/// @param checks how many were put in
/// @param hatch whether one of them looks into a hatch
/// @param shielded by the name of the method, the code in which a stop is held back:
///     pairs of bytecode indices, first and end, in order
/// @param failures what could not be woven, in words, one for each method or for the class
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record Woven(
    byte @Nullable [] bytes,
    int checks,
    boolean hatch,
    Map<String, char[]> shielded,
    List<String> failures) {}
