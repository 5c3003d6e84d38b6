// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaStaticInitializer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Predicate;

/// What code must not call, and where it may. Every rule hands back its breaches in words.
final class CallRules {

  /// Classes that wait without a bound, and why they may.
  static final Map<String, String> UNBOUNDED_ON_PURPOSE =
      Map.of(
          "dev.curfew.pool.Promise",
          "Future.get() is asked for by its contract; it ends with the task or with an interrupt",
          "dev.curfew.worker.Turn",
          "the same",
          "dev.curfew.Rehearsal",
          "the warm-up rehearses how a stop ends such waits");

  /// Classes that sleep, and why they may.
  static final Map<String, String> SLEEPING_ON_PURPOSE =
      Map.of(
          "dev.curfew.blocking.WaitRows",
          "what an interrupt does to a sleep is its subject",
          "dev.curfew.Rehearsal",
          "the warm-up rehearses how a stop ends a sleep");

  private static final Predicate<JavaAccess<?>> STANDARD_STREAM_OR_EXIT =
      Uses.of(System.class, "out", "err", "exit").or(Uses.of(Runtime.class, "exit", "halt"));

  private static final Predicate<JavaAccess<?>> PROCESS_START =
      Uses.of(ProcessBuilder.class, "<init>", "start", "startPipeline")
          .or(Uses.of(Runtime.class, "exec"));

  private static final Predicate<JavaAccess<?>> SLEEP =
      Uses.of(Thread.class, "sleep").or(Uses.of(TimeUnit.class, "sleep"));

  private static final Predicate<JavaAccess<?>> UNBOUNDED_WAIT =
      Uses.bare(Thread.class, "join")
          .or(Uses.bare(Object.class, "wait"))
          .or(Uses.bare(Future.class, "get"))
          .or(Uses.bare(CompletableFuture.class, "join"))
          .or(Uses.bare(ForkJoinTask.class, "join", "invoke"))
          .or(Uses.bare(CountDownLatch.class, "await"))
          .or(Uses.bare(CyclicBarrier.class, "await"))
          .or(Uses.bare(Condition.class, "await", "awaitUninterruptibly"))
          .or(Uses.bare(BlockingQueue.class, "take"))
          .or(Uses.bare(BlockingDeque.class, "takeFirst", "takeLast"))
          .or(Uses.bare(Process.class, "waitFor"))
          .or(Uses.of(Semaphore.class, "acquire", "acquireUninterruptibly"))
          .or(Uses.bare(ExecutorService.class, "close"));

  private static final Predicate<JavaAccess<?>> HAPPENS_TO_THE_JVM =
      Uses.of(Thread.class, "start", "startVirtualThread")
          .or(Uses.of(Runtime.class, "addShutdownHook"))
          .or(access -> access.getTargetOwner().getName().equals("sun.misc.Signal"));

  private CallRules() {}

  static List<String> standardStreamsAndExits(JavaClasses classes, String... allowed) {
    return Uses.in(classes, outside(allowed), STANDARD_STREAM_OR_EXIT);
  }

  static List<String> processStarts(JavaClasses classes, String... allowed) {
    return Uses.in(classes, outside(allowed), PROCESS_START);
  }

  static List<String> sleeps(JavaClasses classes, Set<String> allowed) {
    return Uses.in(classes, each -> !allowed.contains(each.getName()), SLEEP);
  }

  static List<String> unboundedWaits(JavaClasses classes, Set<String> allowed) {
    return Uses.in(classes, each -> !allowed.contains(each.getName()), UNBOUNDED_WAIT);
  }

  /// Follows the calls of static initialisers through our own classes. What stands in a lambda does
  /// not run there, and is left out.
  static List<String> workInStaticInitialisers(JavaClasses classes) {
    List<String> found = new ArrayList<>();
    for (JavaClass each : classes) {
      each.getStaticInitializer().ifPresent(start -> follow(start, found));
    }
    return found;
  }

  private static void follow(JavaStaticInitializer start, List<String> found) {
    Deque<JavaCodeUnit> open = new ArrayDeque<>(Set.of(start));
    Set<JavaCodeUnit> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      for (JavaAccess<?> access : open.remove().getCallsFromSelf()) {
        if (access.isDeclaredInLambda()) {
          continue;
        }
        if (HAPPENS_TO_THE_JVM.test(access)) {
          found.add("%s leads to: %s".formatted(start.getFullName(), access.getDescription()));
        }
        access
            .getTarget()
            .resolveMember()
            .filter(JavaCodeUnit.class::isInstance)
            .map(JavaCodeUnit.class::cast)
            .filter(next -> next.getOwner().getPackageName().startsWith("dev.curfew"))
            .filter(seen::add)
            .ifPresent(open::add);
      }
    }
  }

  /// Outside of these packages and what lies below them, and of these classes.
  private static Predicate<JavaClass> outside(String... allowed) {
    return each ->
        Arrays.stream(allowed).noneMatch(place -> (each.getName() + ".").startsWith(place + "."));
  }
}
