// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// When the end of one task stops the others, and what they come to together. A plain value: it can
/// be kept, and used any number of times.
///
/// ```java
/// List<Page> pages = Forks.run("pages", Policy.failFast(), forks ->
///     urls.forEach(url -> forks.fork(url, () -> load(url))));
/// ```
///
/// Write your own from two functions, such as this one that is content with a quorum:
///
/// ```java
/// Policy<Vote, List<Vote>> quorum = new Policy<>(
///     () -> {
///       var yes = new AtomicInteger();
///       return task -> task.hasSucceeded() && yes.incrementAndGet() == 3;
///     },
///     ended -> Policy.values(ended));
/// ```
///
/// The idea is that of the JDK's `StructuredTaskScope.Joiner`, as data.
///
/// @param <T> the type of the values of the tasks
/// @param <R> the type of what they come to
/// @param watch makes, for each use, what is asked once for each task as it ends whether the others
///     are to stop; it is asked by the threads of the tasks, several at a time, outside of locks;
///     quick, and if it throws, the tasks are stopped and what it threw is thrown by the join
/// @param result makes the result from all tasks, in the order in which they were begun; called by
///     the thread that joins; what it throws is thrown there
public record Policy<T extends @Nullable Object, R extends @Nullable Object>(
    Supplier<Predicate<Ended<T>>> watch, Function<List<Ended<T>>, R> result) {

  /// {@return the first failure stops the rest; the result are all values in the order of the
  /// tasks}
  ///
  /// A failure is thrown as [ForkFailedException], with the later ones suppressed. If a task was
  /// stopped alone, or interrupted from outside, there is no value in its place, and that is thrown
  /// as [StoppedException].
  ///
  /// @param <T> the type of the values
  public static <T extends @Nullable Object> Policy<T, List<T>> failFast() {
    return new Policy<>(
        () -> Ended::hasFailed,
        ended -> {
          throwIfFailed(ended);
          throwIfStopped(ended);
          return values(ended);
        });
  }

  /// {@return every task runs to its own end; the result is how each ended, failures included}
  ///
  /// @param <T> the type of the values
  public static <T extends @Nullable Object> Policy<T, List<Ended<T>>> collectAll() {
    return new Policy<>(() -> task -> false, ended -> ended);
  }

  /// {@return the first success stops the rest, and is the result}
  ///
  /// If there is none, the first failure is thrown as [ForkFailedException], with the others
  /// suppressed; and if no task failed either, `IllegalStateException`.
  ///
  /// @param <T> the type of the values
  public static <T extends @Nullable Object> Policy<T, T> firstSuccess() {
    return new Policy<>(() -> Ended::hasSucceeded, Policy::first);
  }

  /// {@return every task runs to its own end, and a failure is told to somebody as soon as it is
  /// there; the result are the values of those that succeeded}
  ///
  /// @param <T> the type of the values
  /// @param onFailure gets the path of the task and what it threw, on the task's thread
  public static <T extends @Nullable Object> Policy<T, List<T>> supervise(
      BiConsumer<String, Throwable> onFailure) {
    return new Policy<>(
        () ->
            task -> {
              if (task.outcome() instanceof Outcome.Failed<T> failed) {
                onFailure.accept(task.path(), failed.failure());
              }
              return false;
            },
        Policy::values);
  }

  /// {@return so many successes stop the rest; the result are the values of those that succeeded}
  ///
  /// If there are fewer, the first failure is thrown as [ForkFailedException], with the others
  /// suppressed; and if no task failed either, `IllegalStateException`.
  ///
  /// @param <T> the type of the values
  /// @param successes how many are enough; at least 1
  public static <T extends @Nullable Object> Policy<T, List<T>> quorum(int successes) {
    if (successes < 1) {
      throw new IllegalArgumentException("a quorum has at least one member, not " + successes);
    }
    return new Policy<>(
        () -> {
          AtomicInteger so = new AtomicInteger();
          return task -> task.hasSucceeded() && so.incrementAndGet() == successes;
        },
        ended -> {
          List<T> values = values(ended);
          if (values.size() < successes) {
            throwIfFailed(ended);
            throw new IllegalStateException(
                values.size() + " of " + ended.size() + " succeeded, the quorum is " + successes);
          }
          return values;
        });
  }

  /// {@return the values of the tasks that succeeded, in the order of the list}
  ///
  /// @param <T> the type of the values
  /// @param ended the tasks
  public static <T extends @Nullable Object> List<T> values(List<Ended<T>> ended) {
    List<T> values = new ArrayList<>(ended.size());
    for (Ended<T> task : ended) {
      if (task.outcome() instanceof Outcome.Succeeded<T> done) {
        values.add(done.value());
      }
    }
    return values;
  }

  /// Throws the first failure as [ForkFailedException], with the others suppressed.
  ///
  /// @param <T> the type of the values
  /// @param ended the tasks
  /// @throws ForkFailedException if there is one
  public static <T extends @Nullable Object> void throwIfFailed(List<Ended<T>> ended) {
    ForkFailedException thrown = null;
    // what failed before the stop comes first: it may be its cause
    for (boolean late : new boolean[] {false, true}) {
      for (Ended<T> task : ended) {
        if (task.outcome() instanceof Outcome.Failed<T> failed && failed.late() == late) {
          if (thrown == null) {
            thrown = new ForkFailedException(task.path(), failed.failure());
          } else if (!failed.failure().equals(thrown.getCause())) {
            thrown.addSuppressed(failed.failure());
          }
        }
      }
    }
    if (thrown != null) {
      throw thrown;
    }
  }

  private static <T extends @Nullable Object> void throwIfStopped(List<Ended<T>> ended) {
    for (Ended<T> task : ended) {
      switch (task.outcome()) {
        case Outcome.Stopped<T> by -> throw new StoppedException(by.reason());
        case Outcome.DeadlineExceeded<T> by -> throw new StoppedException(by.reason());
        case Outcome.Abandoned<T> by -> throw new StoppedException(by.reason());
        case Outcome.Succeeded<T> _, Outcome.Failed<T> _ -> {}
      }
    }
  }

  private static String howEach(List<? extends Ended<?>> ended) {
    String few = ended.stream().limit(5).map(Ended::toString).collect(Collectors.joining(", "));
    return few.isEmpty() ? "" : ": " + few + (ended.size() > 5 ? ", …" : "");
  }

  private static <T extends @Nullable Object> T first(List<Ended<T>> ended) {
    Outcome.Succeeded<T> late = null;
    for (Ended<T> task : ended) {
      if (task.outcome() instanceof Outcome.Succeeded<T> done) {
        if (!done.late()) {
          return done.value();
        }
        late = late == null ? done : late;
      }
    }
    if (late != null) {
      return late.value();
    }
    throwIfFailed(ended);
    throw new IllegalStateException(
        "none of " + ended.size() + " tasks succeeded" + howEach(ended));
  }
}
