// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How a stop went: who was asked, who saw it, who ended and when, and what is stuck where.
///
/// @param subject the path of what was stopped
/// @param reason why
/// @param asked when, by the wall clock
/// @param budget how long it was given
/// @param took how long it took, or had taken when this report was made
/// @param parts the threads that were inside when the stop came, in no particular order
/// @param checkpoints how the checkpoints of this JVM are made, and what that has cost so far
public record StopReport(
    String subject,
    StopReason reason,
    Instant asked,
    Duration budget,
    Duration took,
    List<Part> parts,
    Checkpoints checkpoints) {

  /// Copies the list.
  public StopReport {
    parts = List.copyOf(parts);
  }

  /// A report with what checkpoints have done until now.
  ///
  /// @param subject the path of what was stopped
  /// @param reason why
  /// @param asked when, by the wall clock
  /// @param budget how long it was given
  /// @param took how long it took
  /// @param parts the threads that were inside
  public StopReport(
      String subject,
      StopReason reason,
      Instant asked,
      Duration budget,
      Duration took,
      List<Part> parts) {
    this(subject, reason, asked, budget, took, parts, Checkpoints.now());
  }

  /// {@return the parts that have not ended}
  public List<Part> stragglers() {
    return parts.stream().filter(part -> part.straggler().isPresent()).toList();
  }

  /// {@return this report for people, several lines}
  public String text() {
    return ReportText.of(this);
  }

  @Override
  public String toString() {
    return text();
  }

  /// One thread that was asked.
  ///
  /// @param path the fork or scope it worked for
  /// @param seen how long after the request it took effect in the thread; empty if it did so
  ///     nowhere that can be observed
  /// @param ended how long after the request the thread had left; empty if it has not
  /// @param outcome the word of its [Outcome], empty for a scope's own body
  /// @param straggler where it is, if it has not ended
  /// @param notes what it has put down itself by [Curfew#note], such as how a process was ended
  public record Part(
      String path,
      Optional<Duration> seen,
      Optional<Duration> ended,
      String outcome,
      Optional<Straggler> straggler,
      List<String> notes) {
    /// Copies the list.
    public Part {
      notes = List.copyOf(notes);
    }
  }

  /// How the calls of [Curfew#checkpoint] in this JVM are made, and what stops have done to them
  /// since its start.
  ///
  /// While nobody is being stopped a checkpoint in the *free* form costs nothing, in the *volatile*
  /// form one read. A stop of code that computes opens the gate behind them; in the free form the
  /// JVM then compiles the code around all checkpoints again.
  ///
  /// @param form `free` or `volatile`
  /// @param why why this form
  /// @param openings how often the gate was opened
  /// @param open how long it was open in all
  /// @param swinging how long those took who had to wait until the JVM had swung it
  /// @param woven what an agent has woven into code that has none, and what it could not, a line
  ///     each; empty if there is no agent
  public record Checkpoints(
      String form,
      String why,
      long openings,
      Duration open,
      Duration swinging,
      List<String> woven) {

    /// Copies the list.
    public Checkpoints {
      woven = List.copyOf(woven);
    }

    /// {@return the account of this JVM up to now}
    public static Checkpoints now() {
      return Gate.EXPLICIT.figures(Weave.account());
    }
  }

  /// Where a thread that did not end was, when the report was made.
  ///
  /// @param thread its name
  /// @param state its state
  /// @param stack innermost first; empty for a thread that cannot be looked into
  /// @param age how long ago it was asked
  /// @param verdict what keeps it, and what to do about it
  public record Straggler(
      String thread,
      Thread.State state,
      List<StackTraceElement> stack,
      Duration age,
      Verdict verdict) {
    /// Copies the stack.
    public Straggler {
      stack = List.copyOf(stack);
    }
  }
}
