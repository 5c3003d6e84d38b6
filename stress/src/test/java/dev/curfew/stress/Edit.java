// SPDX-License-Identifier: Apache-2.0
package dev.curfew.stress;

/// One piece of a source of core, and what stands there instead.
///
/// @param file the source, below the folder `dev/curfew`
/// @param before what the source has, exactly once
/// @param after what takes its place
record Edit(String file, String before, String after) {

  String in(String source) {
    int at = source.indexOf(before);
    if (at < 0) {
      throw new IllegalStateException(
          "%s no longer has the text that is to be broken; change the table of mutants:%n%s"
              .formatted(file, before));
    }
    if (source.indexOf(before, at + 1) >= 0) {
      throw new IllegalStateException(
          "%s has the text that is to be broken more than once; make it longer:%n%s"
              .formatted(file, before));
    }
    return source.replace(before, after);
  }
}
