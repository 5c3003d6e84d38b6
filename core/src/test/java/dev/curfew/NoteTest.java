// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.pool.StoppablePool;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// What work adds to the report of its stop, and two things that children bring into scopes.
class NoteTest {
  private static final StopReason WHY = StopReason.requested("deploy");
  private static final StopPlan PLAN = StopPlan.within(Duration.ofSeconds(20));

  private static List<String> notes(StopReport report, String path) {
    return report.parts().stream()
        .filter(part -> part.path().equals(path))
        .flatMap(part -> part.notes().stream())
        .toList();
  }

  private static void sleep() {
    Curfew.sleep(Duration.ofHours(1));
  }

  @Test
  void notesStandInThePartOfTheForkWhereverTheyArePutDown() {
    var inside = new CountDownLatch(1);
    try (Scope scope = Scope.open("app", s -> s.withPlatformThreads())) {
      Fork<?> fork =
          scope.fork(
              "fork",
              () -> {
                Curfew.note("begun");
                try {
                  Curfew.blocking(
                      Unblocking.interrupt(),
                      () -> {
                        Curfew.note("in a region");
                        inside.countDown();
                        sleep();
                        return 1;
                      });
                } finally {
                  Curfew.shield(Duration.ofSeconds(5), () -> Curfew.note("in a shield"));
                }
              });
      Latches.await(inside);
      scope.stop(WHY, PLAN);
      assertThatThrownBy(scope::join).isInstanceOf(StoppedException.class);
      assertThat(fork.hasEnded()).isTrue();

      StopReport report = scope.report().orElseThrow();

      assertThat(notes(report, "app/fork")).containsExactly("begun", "in a region", "in a shield");
    }
  }

  @Test
  void aNoteOfATaskStandsInThePartOfTheTask() {
    var pool = StoppablePool.open("pool", s -> s.withWorkers(1));
    var begun = new CountDownLatch(1);
    var _ =
        pool.submit(
            "task",
            () -> {
              Curfew.note("half done");
              begun.countDown();
              sleep();
            });
    Latches.await(begun);

    StopReport report = pool.stopAndAwait(WHY, PLAN).stop();

    assertThat(notes(report, "pool/worker-1/task")).containsExactly("half done");
    pool.close();
  }

  @Test
  void aNoteOfATaskStandsInNoOthersPart() {
    var pool = StoppablePool.open("pool", s -> s.withWorkers(1));
    var go = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var _ = pool.submit("first", () -> Latches.await(go));
    for (int i = 0; i < 100; i++) {
      var _ = pool.submit("notes", () -> Curfew.note("of another task"));
    }
    var _ =
        pool.submit(
            "task",
            () -> {
              begun.countDown();
              sleep();
            });
    go.countDown();
    Latches.await(begun);

    StopReport report = pool.stopAndAwait(WHY, PLAN).stop();

    assertThat(notes(report, "pool/worker-1/task")).isEmpty();
    pool.close();
  }

  @Test
  void ofManyNotesTheLastAreKept() {
    try (Scope scope = Scope.open("app")) {
      var begun = new CountDownLatch(1);
      var _ =
          scope.fork(
              "fork",
              () -> {
                for (int i = 1; i <= 100_000; i++) {
                  Curfew.note("note " + i);
                }
                begun.countDown();
                sleep();
              });
      Latches.await(begun);
      scope.stop(WHY, PLAN);
      assertThatThrownBy(scope::join).isInstanceOf(StoppedException.class);

      assertThat(notes(scope.report().orElseThrow(), "app/fork"))
          .hasSize(1001)
          .startsWith("99000 earlier notes are left out", "note 99001")
          .endsWith("note 100000");
    }
  }

  @Test
  void outsideOfAllScopesANoteIsLost() {
    Curfew.note("nobody reads it");
    assertThat(Curfew.openScopes()).isEmpty();
  }

  @Test
  void oneForkMayHaveAThreadOfAnotherKind() {
    try (Scope scope = Scope.open("app")) {
      Fork<Boolean> usual = scope.fork("usual", () -> Thread.currentThread().isVirtual());
      Fork<String> other =
          scope.fork(
              "other",
              Thread.ofPlatform().daemon().factory(),
              () -> Thread.currentThread().isVirtual() + " " + Thread.currentThread().getName());
      scope.join();
      assertThat(usual.get()).isTrue();
      assertThat(other.get()).isEqualTo("false other");
    }
  }

  @Test
  void aHandedDownDeadlineIsAPlainNumberOfMilliseconds() {
    assertThat(parsed("1000000005000")).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
    assertThat(parsed("999999999999")).isZero();
    assertThat(parsed("0")).isZero();
    assertThat(parsed("999999999999999")).isPositive();
    for (String wrong : List.of("", " 1", "-1", "+1", "1.5", "0x1", "soon", "1000000000000000")) {
      assertThat(Inherited.parse(wrong, 0)).as("'%s'", wrong).isNull();
    }
    assertThat(Inherited.parse(null, 0)).isNull();
  }

  private static Duration parsed(String value) {
    Deadline deadline = Inherited.parse(value, 1_000_000_000_000L);
    assertThat(deadline).isNotNull();
    return deadline.remaining();
  }

  @Test
  void itOnlyShortensAndOnlyOnTheMachinesClock() {
    Deadline hour = Deadline.after(Duration.ofHours(1));
    Deadline day = Deadline.after(Duration.ofDays(1));
    TimeSource system = TimeSource.system();
    assertThat(Inherited.shortened(null, hour, system)).isEqualTo(hour);
    assertThat(Inherited.shortened(day, hour, system)).isEqualTo(hour);
    assertThat(Inherited.shortened(hour, day, system)).isEqualTo(hour);
    assertThat(Inherited.shortened(hour, null, system)).isEqualTo(hour);
    assertThat(Inherited.shortened(null, hour, new ManualTime())).isNull();
  }
}
