// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Ledger;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A Java class per input, in this JVM, on the worker's own platform thread.
///
/// Invariants
///
/// 1. A job sees the JDK, its own class path and Curfew's core; nothing of the runner or its
///    libraries.
/// 2. What a job throws after it was asked to stop is a stop; the token decides, not the exception.
/// 3. Each worker has a thread group of its own, so that threads which a job leaves behind are
///    known.
///
/// Locks: none.
final class JavaWork implements Work, AutoCloseable {

  /// A job that inherits nothing to its threads is noticed by the time that it takes to start one.
  private static final long TIME_FOR_A_THREAD = 50_000;

  private final JobClass job;
  private final Console console;
  private final Pace pace = new Pace(2_000_000, 256);
  private final Map<Thread, String> leftBehind = new ConcurrentHashMap<>();

  private JavaWork(JobClass job) {
    this.job = job;
    this.console = Console.install();
  }

  /// Finds the class and looks at its form; nothing of it runs yet.
  ///
  /// @param task the class, and files and folders, joined as the platform does
  static JavaWork of(Task.JavaClass task) {
    return new JavaWork(JobClass.load(task.name(), task.classPath()));
  }

  @Override
  public Result attempt(Item item, Scope attempt, Spool output) {
    Watch watch = new Watch();
    Thread worker = Thread.currentThread();
    ClassLoader before = worker.getContextClassLoader();
    worker.setContextClassLoader(job.loader());
    console.begin(output);
    try {
      job.body().runBounded(item.input().text().orElseThrow(), attempt.token());
      return output.problem().map(watch::failed).orElseGet(watch::done);
    } catch (InvocationTargetException e) {
      return thrown(e.getCause() == null ? e : e.getCause(), attempt, watch);
    } catch (Throwable e) {
      return thrown(e, attempt, watch);
    } finally {
      boolean threads = console.end();
      boolean _ = Thread.interrupted(); // a job may leave its own flag set; a stop does not need it
      worker.setContextClassLoader(before);
      long took = watch.took().toNanos();
      if (threads || took > TIME_FOR_A_THREAD) {
        noteThreads(item);
      }
      pace.took(took);
    }
  }

  private static Result thrown(Throwable thrown, Scope attempt, Watch watch) {
    if (attempt.token().isStopped()) {
      boolean late = TimeOut.hasStopped(attempt.token());
      Result.End end = late ? Result.End.TIMED_OUT : Result.End.STOPPED;
      return watch.end(end, -1, 0, "ended when asked", List.of());
    }
    PrintStream errors = System.err; // the job's, for its spool is still in place
    thrown.printStackTrace(errors);
    errors.flush();
    return watch.failed("threw " + thrown);
  }

  /// Threads that a job has started and that live on when it returns.
  private void noteThreads(Item item) {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    if (group == null || group.activeCount() <= 1) {
      return;
    }
    Thread[] all = new Thread[group.activeCount() + 8];
    int count = group.enumerate(all);
    for (int i = 0; i < count; i++) {
      Thread thread = all[i];
      if (!thread.equals(Thread.currentThread())
          && leftBehind.putIfAbsent(thread, item.name()) == null) {
        Ledger.abandon(item.name(), thread, StopReason.requested("its job has ended"));
      }
    }
  }

  /// Asks the threads that jobs have left behind to end, once, and waits for a moment.
  ///
  /// @return those that live on and would have kept a JVM alive, with their jobs
  List<String> leftBehind(Duration within) {
    Set<Thread> left = leftBehind.keySet();
    left.removeIf(thread -> !thread.isAlive());
    left.stream().filter(thread -> !thread.isDaemon()).forEach(Thread::interrupt);
    long end = System.nanoTime() + within.toNanos();
    List<String> stuck = new ArrayList<>();
    for (Thread thread : List.copyOf(left)) {
      if (!thread.isDaemon() && !joined(thread, end)) {
        stuck.add("thread '" + thread.getName() + "' of " + leftBehind.get(thread));
      }
    }
    return stuck;
  }

  private static boolean joined(Thread thread, long end) {
    try {
      return thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !thread.isAlive();
    }
  }

  @Override
  public String problem(Input input) {
    return input.textProblem().orElse("");
  }

  /// Nothing in a JVM can be ended by force.
  @Override
  public void force() {}

  @Override
  public Duration margin() {
    return Duration.ZERO;
  }

  @Override
  public int claimsAhead() {
    return pace.ahead();
  }

  @Override
  public void close() {
    console.close();
    job.close();
  }
}
