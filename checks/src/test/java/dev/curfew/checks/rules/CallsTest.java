// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.curfew.checks.Project;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CallsTest {

  private static final JavaClasses MAIN = Project.mainClasses("core", "run", "agent", "testkit");
  private static final JavaClasses TESTS = Project.testClasses("core", "run", "agent", "testkit");
  private static final JavaClasses PLANTED = Project.planted("dev.curfew.checks.breach.calls");

  @Test
  void classesOfAllModulesAreSeen() {
    assertThat(MAIN).hasSizeGreaterThan(15);
    assertThat(TESTS).hasSizeGreaterThan(5);
  }

  @Test
  void onlyCommandsTouchStandardStreamsAndExit() {
    assertThat(
            CallRules.standardStreamsAndExits(
                MAIN,
                "dev.curfew.run",
                "dev.curfew.agent.Agent", // before a program begins, and as one of its own
                "dev.curfew.examples.Main",
                "dev.curfew.process.IsolatedMain")) // the whole program of another JVM
        .isEmpty();
    assertThat(CallRules.standardStreamsAndExits(PLANTED, "dev.curfew.run"))
        .hasSize(5)
        .anyMatch(breach -> breach.contains("System.out"))
        .anyMatch(breach -> breach.contains("System.err"))
        .anyMatch(breach -> breach.contains("System.exit(int)"))
        .anyMatch(breach -> breach.contains("Runtime.exit(int)"))
        .anyMatch(breach -> breach.contains("Runtime.halt(int)"));
    assertThat(CallRules.standardStreamsAndExits(PLANTED, "dev.curfew.checks.breach")).isEmpty();
  }

  @Test
  void onlyTheProcessPackageStartsProcesses() {
    assertThat(
            CallRules.processStarts(
                MAIN,
                "dev.curfew.process",
                "dev.curfew.run.Watcher", // a pipe into it is what it is for
                "dev.curfew.examples.rows.B2")) // as a user would
        .isEmpty();
    assertThat(CallRules.processStarts(PLANTED, "dev.curfew.process"))
        .anyMatch(breach -> breach.contains("ProcessBuilder.<init>"))
        .anyMatch(breach -> breach.contains("Runtime.exec"));
  }

  @Test
  void nothingSleepsNeitherCodeNorTests() {
    Set<String> allowed = CallRules.SLEEPING_ON_PURPOSE.keySet();
    assertThat(CallRules.sleeps(MAIN, allowed)).isEmpty();
    assertThat(CallRules.sleeps(MAIN, Set.of())).as("no exception is stale").hasSize(1);
    assertThat(CallRules.sleeps(TESTS, allowed)).isEmpty();
    assertThat(CallRules.sleeps(TESTS, Set.of())).as("no exception is stale").hasSize(1);
    assertThat(CallRules.sleeps(PLANTED, allowed))
        .hasSize(2)
        .anyMatch(breach -> breach.contains("Thread.sleep"))
        .anyMatch(breach -> breach.contains("TimeUnit.sleep"));
  }

  @Test
  void noWaitIsUnbounded() {
    Set<String> allowed = CallRules.UNBOUNDED_ON_PURPOSE.keySet();
    assertThat(CallRules.unboundedWaits(MAIN, allowed)).isEmpty();
  }

  @Test
  void exceptionsFromTheBoundAreStillNeeded() {
    for (String name : CallRules.UNBOUNDED_ON_PURPOSE.keySet()) {
      assertThat(CallRules.unboundedWaits(MAIN, Set.of()))
          .as("%s no longer waits without a bound: remove it from the list", name)
          .anyMatch(breach -> breach.contains("<" + name + "."));
    }
  }

  @Test
  void unboundedWaitsAreFound() {
    assertThat(CallRules.unboundedWaits(PLANTED, Set.of()))
        .hasSize(9)
        .anyMatch(breach -> breach.contains("Thread.join()"))
        .anyMatch(breach -> breach.contains("Object.wait()"))
        .anyMatch(breach -> breach.contains("FutureTask.get()"))
        .anyMatch(breach -> breach.contains("CompletableFuture.join()"))
        .anyMatch(breach -> breach.contains("CountDownLatch.await()"))
        .anyMatch(breach -> breach.contains("LinkedBlockingQueue.take()"))
        .anyMatch(breach -> breach.contains("Process.waitFor()"))
        .anyMatch(breach -> breach.contains("Semaphore.acquire()"))
        .anyMatch(breach -> breach.contains("ExecutorService.close()"));
    assertThat(
            CallRules.unboundedWaits(
                PLANTED, Set.of("dev.curfew.checks.breach.calls.WaitsForEver")))
        .isEmpty();
  }

  @Test
  void staticInitialisersStartNothing() {
    assertThat(CallRules.workInStaticInitialisers(MAIN)).isEmpty();
    assertThat(CallRules.workInStaticInitialisers(PLANTED))
        .hasSize(2)
        .anyMatch(breach -> breach.contains("Thread.start()"))
        .anyMatch(breach -> breach.contains("Runtime.addShutdownHook"));
  }
}
