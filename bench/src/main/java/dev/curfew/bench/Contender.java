// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import java.util.List;
import java.util.stream.Stream;

/// One row of a table.
///
/// @param label what the table calls it
/// @param role whom it is compared with
/// @param code the class or the benchmark method that is measured
/// @param options for its JVM, besides those of all
record Contender(String label, Role role, String code, List<String> options) {

  enum Role {
    OURS,
    PEER,
    /// What the machine allows: no peer, since it does not do the job.
    LIMIT,
    /// In another language: compared with its own [Bench#bare] only.
    OTHER
  }

  static Contender ours(String label, String code) {
    return new Contender(label, Role.OURS, code, List.of());
  }

  static Contender peer(String label, String code) {
    return new Contender(label, Role.PEER, code, List.of());
  }

  static Contender limit(String label, String code) {
    return new Contender(label, Role.LIMIT, code, List.of());
  }

  static Contender other(String label, String code) {
    return new Contender(label, Role.OTHER, code, List.of());
  }

  /// {@return a peer that needs the JDK's preview features, and is loaded by name only}
  static Contender previewPeer(String label, String code) {
    return new Contender(label, Role.PEER, code, List.of("--enable-preview"));
  }

  /// {@return the same, with further options for its JVM}
  Contender with(List<String> more) {
    return new Contender(
        label, role, code, Stream.concat(options.stream(), more.stream()).toList());
  }
}
