// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// One job of the list: an input, and what identifies it in the journal.
///
/// @param input what it works on
/// @param key its content and how-manieth, the same in every run
/// @param order its place among the jobs of this run, from 0
/// @param marker random text that marks its processes
record Item(Input input, JobKey key, long order, String marker) {

  /// {@return how messages call it: `job 17 (photo.jpg)`}
  String name() {
    return name(input);
  }

  /// {@return how messages call the job that works on this}
  static String name(Input input) {
    return "job " + input.number() + " (" + input.name() + ")";
  }
}
