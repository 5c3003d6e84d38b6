// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import dev.curfew.mutex.Mutex;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the boundary of a scope throws: which failure, which stop, and what is attached to it.
///
/// Invariants
///
/// 1. Every failure is kept, also those that come after the stop, in the order in which they came.
/// 2. A stop is thrown only if it cut something short: a fork that went down with the scope, or the
///    body. One that the scope's own [Judge] decided on cuts nothing short: it is the result.
///
/// Locks: the own mutex, a leaf.
final class Boundary {

  private final StopNode node;
  private final boolean failuresFail;

  private final Mutex mutex = new Mutex();

  // guarded by the mutex
  private final List<Failure> failures = new ArrayList<>(0);
  private @Nullable StopReason decision;

  // any thread; once set it stays: all forks of a stop say so at the same time
  private volatile boolean cut;

  private record Failure(String fork, Throwable failure) {}

  /// The boundary of a scope.
  ///
  /// @param failuresFail whether a failed fork makes the scope fail, or only its policy may
  Boundary(StopNode node, boolean failuresFail) {
    this.node = node;
    this.failuresFail = failuresFail;
  }

  void failed(String fork, Throwable failure) {
    try (Mutex _ = mutex.enter()) {
      failures.add(new Failure(fork, failure));
    }
  }

  /// A fork that was stopped alone leaves its scope whole; one that went down with the scope does
  /// not.
  void markCut(StopReason reason) {
    if (!cut && reason instanceof StopReason.ParentStopped) {
      cut = true;
    }
  }

  void markCut() {
    cut = true;
  }

  /// The judge is about to stop the forks.
  ///
  /// @return with which reason: the first of those who decide at the same time
  StopReason decide(StopReason reason) {
    try (Mutex _ = mutex.enter()) {
      StopReason first = decision == null ? reason : decision;
      decision = first;
      return first;
    }
  }

  /// {@return whether it was the scope's own judge that stopped it}
  boolean isDecided() {
    StopReason decided;
    try (Mutex _ = mutex.enter()) {
      decided = decision;
    }
    return decided != null && decided.equals(node.reason());
  }

  /// {@return whether a stop that nobody inside decided on cut something short}
  boolean isCut() {
    return cut && !isDecided();
  }

  /// How the scope ends, once its forks have: what its boundary throws, or null for its value.
  ///
  /// @param thrown what the body threw, null if it returned
  @Nullable RuntimeException verdict(@Nullable Throwable thrown) {
    StopReason reason = node.reason();
    boolean bodyCut = thrown != null && reason != null && StopShape.matches(thrown);
    RuntimeException verdict = null;
    Failure first = firstFailure();
    if (first != null && (thrown == null || bodyCut)) {
      verdict = new ForkFailedException(first.fork, first.failure);
    } else if (thrown != null && !bodyCut) {
      verdict = null;
    } else if (reason != null && (bodyCut || isCut())) {
      verdict = cutShort(reason, thrown);
    }
    Throwable carrier = verdict != null ? verdict : thrown;
    if (carrier != null) {
      keepTheRest(carrier);
    }
    return verdict;
  }

  /// {@return what a boundary throws for a stop that cut its body short}
  static RuntimeException cutShort(StopReason reason, @Nullable Throwable thrown) {
    if (reason instanceof StopReason.DeadlinePassed) {
      return new DeadlineExceededException(reason, thrown);
    }
    if (thrown instanceof StoppedException stopped && stopped.reason().equals(reason)) {
      return stopped;
    }
    return thrown == null ? new StoppedException(reason) : new StoppedException(reason, thrown);
  }

  private @Nullable Failure firstFailure() {
    try (Mutex _ = mutex.enter()) {
      return failures.isEmpty() || !failuresFail ? null : failures.getFirst();
    }
  }

  private void keepTheRest(Throwable carrier) {
    List<Failure> all;
    try (Mutex _ = mutex.enter()) {
      all = List.copyOf(failures);
    }
    Set<Throwable> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    Collections.addAll(kept, carrier.getSuppressed());
    kept.add(carrier);
    if (carrier instanceof ForkFailedException || carrier instanceof StoppedException) {
      Throwable cause = carrier.getCause();
      if (cause != null) {
        kept.add(cause);
      }
    }
    for (Failure failure : all) {
      if (kept.add(failure.failure)) {
        carrier.addSuppressed(failure.failure);
      }
    }
  }
}
