// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.testkit.Await;
import dev.curfew.testkit.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The records people read: reasons, outcomes, deadlines, reports, ledger entries.
class DataTest {

  private static final StopReason WHY = StopReason.requested("deploy");

  @Nested
  class Reasons {

    @Test
    void theChainReadsFromTheEffectToTheCause() {
      StopReason middle = new StopReason.ParentStopped("app", WHY);
      StopReason end = new StopReason.ParentStopped("app/images", middle);
      assertThat(end.chain())
          .startsWith("parent app/images stopped <- parent app stopped <- requested 'deploy' by ");
      assertThat(end.root()).isEqualTo(WHY);
      assertThat(end.origin()).isEqualTo(WHY.origin());
    }

    @Test
    void theOriginIsTheLineThatAskedNotAnotherPieceOfThisLibrary() {
      assertThat(WHY.origin().place()).startsWith("DataTest.java:");
      assertThat(WHY.origin().scope()).isEmpty();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> Curfew.sleep(Duration.ofSeconds(1)))
          .isInstanceOfSatisfying(
              StoppedException.class,
              e -> assertThat(e.reason().origin().place()).startsWith("DataTest.java:"));
      assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void everyKindSaysWhy() {
      StopReason.Origin nobody = new StopReason.Origin("", "", "", Instant.EPOCH);
      assertThat(nobody).hasToString("an unnamed thread");
      assertThat(new StopReason.Origin("t", "app", "A.java:1", Instant.EPOCH))
          .hasToString("t in app at A.java:1");
      assertThat(
              List.of(
                  new StopReason.DeadlinePassed("app", nobody),
                  new StopReason.SiblingFailed("app/a", new Error("x"), nobody),
                  new StopReason.SiblingSucceeded("app/a", nobody),
                  StopReason.limit("3 failures"),
                  new StopReason.FutureCancelled(nobody),
                  StopReason.shutdown("SIGTERM"),
                  new StopReason.ForeignInterrupt(nobody),
                  new StopReason.LeaseLost("item", "expired", nobody),
                  new StopReason.ScopeClosed("app", "left", nobody)))
          .extracting(StopReason::why)
          .containsExactly(
              "deadline of app passed",
              "sibling app/a failed with java.lang.Error: x",
              "sibling app/a succeeded",
              "limit reached: 3 failures",
              "future cancelled",
              "shutdown (SIGTERM)",
              "interrupted from outside",
              "lease on item lost: expired",
              "scope app closed: left");
    }
  }

  @Nested
  class Outcomes {

    @Test
    void eachHasItsWord() {
      assertThat(
              List.<Outcome<String>>of(
                  new Outcome.Succeeded<>("", false),
                  new Outcome.Succeeded<>("", true),
                  new Outcome.Failed<>(new Error("x"), false),
                  new Outcome.Failed<>(new Error("x"), true),
                  new Outcome.Stopped<>(WHY),
                  new Outcome.DeadlineExceeded<>(WHY),
                  new Outcome.Abandoned<>(WHY)))
          .extracting(Outcome::word)
          .containsExactly(
              "succeeded",
              "succeeded (late)",
              "failed: java.lang.Error: x",
              "failed (late): java.lang.Error: x",
              "stopped",
              "deadline exceeded",
              "abandoned");
    }
  }

  @Nested
  class Deadlines {

    private final ManualTime time = new ManualTime();

    @Test
    void whatIsLeftShrinksToZero() {
      Deadline deadline = Deadline.after(Duration.ofSeconds(5), time);
      time.advance(Duration.ofSeconds(3));
      assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(2));
      assertThat(deadline).hasToString("in PT2S");
      assertThat(deadline.hasPassed()).isFalse();
      time.advance(Duration.ofSeconds(3));
      assertThat(deadline.remaining()).isZero();
      assertThat(deadline.hasPassed()).isTrue();
    }

    @Test
    void theEarlierOneIsOfTheSameClock() {
      Deadline soon = Deadline.after(Duration.ofSeconds(1), time);
      Deadline later = Deadline.after(Duration.ofSeconds(2), time);
      assertThat(soon.earlier(later)).isEqualTo(soon);
      assertThat(later.earlier(soon)).isEqualTo(soon);
      Deadline foreign = Deadline.after(Duration.ZERO);
      assertThat(later.earlier(foreign)).isEqualTo(later);
    }

    @Test
    void itLiesNeitherInThePastNorBeyondTheClock() {
      assertThatThrownBy(() -> Deadline.after(Duration.ofNanos(-1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a deadline cannot lie in the past: PT-0.000000001S");
      assertThat(Deadline.after(Duration.ofSeconds(Long.MAX_VALUE)).remaining())
          .isGreaterThan(Duration.ofDays(36_000));
    }
  }

  @Nested
  class Reports {

    private static final StopReport.Checkpoints NEVER_OPENED =
        new StopReport.Checkpoints("free", "", 0, Duration.ZERO, Duration.ZERO, List.of());

    @Test
    void theTextSaysWhoSawWhoEndedAndWhereTheRestIsStuck() {
      StackTraceElement frame = new StackTraceElement("app.Deaf", "loop", "Deaf.java", 7);
      StopReport report =
          new StopReport(
              "app",
              new StopReason.DeadlinePassed(
                  "app", new StopReason.Origin("t", "", "", Instant.EPOCH)),
              Instant.EPOCH,
              Duration.ofSeconds(5),
              Duration.ofMillis(12),
              List.of(
                  new StopReport.Part(
                      "app/good",
                      Optional.of(Duration.ofMillis(1)),
                      Optional.of(Duration.ofMillis(2)),
                      "stopped",
                      Optional.empty(),
                      List.of("rolled back", "twice")),
                  new StopReport.Part(
                      "app/deaf",
                      Optional.empty(),
                      Optional.empty(),
                      "",
                      Optional.of(
                          new StopReport.Straggler(
                              "deaf",
                              Thread.State.RUNNABLE,
                              List.of(frame),
                              Duration.ofMillis(5),
                              new Verdict(
                                  Verdict.Kind.CPU_BOUND, "Deaf.java:7", "check there", 3))),
                      List.of())),
              NEVER_OPENED);
      assertThat(report.stragglers()).extracting(StopReport.Part::path).containsExactly("app/deaf");
      assertThat(report)
          .hasToString(
              """
              stop of app: deadline of app passed by t
                1 of 2 ended, took 12.0 ms of 5.00 s
                app/deaf  never saw it  STILL RUNNING
                  thread deaf, RUNNABLE, asked 5.0 ms ago
                    computes without a check: Deaf.java:7 - check there
                    at app.Deaf.loop(Deaf.java:7)
                app/good  saw it after 1.0 ms  ended after 2.0 ms  stopped
                  rolled back
                  twice\
              """);
    }

    @Test
    void aLongReportIsCut() {
      StopReport.Part part =
          new StopReport.Part(
              "app/x",
              Optional.empty(),
              Optional.of(Duration.ZERO),
              "",
              Optional.empty(),
              List.of("x\n".repeat(50)));
      StopReport report =
          new StopReport(
              "app",
              WHY,
              Instant.EPOCH,
              Duration.ZERO,
              Duration.ZERO,
              java.util.Collections.nCopies(50, part),
              NEVER_OPENED);
      assertThat(report.text()).endsWith("\n  and 10 more");
    }

    @Test
    void theTextSaysWhatCheckpointsHaveCost() {
      assertThat(told(1))
          .isEqualTo(
              """
              checkpoints: free form, for this JVM strip-mines counted loops; \
              gate opened 1 time so far, for 50.0 ms in all, swings took 1.0 ms""");
      assertThat(told(3)).contains("gate opened 3 times so far");
    }

    private static String told(long openings) {
      StopReport report =
          new StopReport(
              "app",
              WHY,
              Instant.EPOCH,
              Duration.ZERO,
              Duration.ZERO,
              List.of(),
              new StopReport.Checkpoints(
                  "free",
                  "this JVM strip-mines counted loops",
                  openings,
                  Duration.ofMillis(50),
                  Duration.ofMillis(1),
                  List.of()));
      return report.text().lines().toList().getLast().strip();
    }

    @Test
    void theTextSaysWhatWasWovenAndWhatWasNot() {
      List<String> woven = List.of("checkpoints: 7, classes: 2", "left as it was: app.Odd: why");
      StopReport report =
          new StopReport(
              "app",
              WHY,
              Instant.EPOCH,
              Duration.ZERO,
              Duration.ZERO,
              List.of(),
              new StopReport.Checkpoints("free", "", 0, Duration.ZERO, Duration.ZERO, woven));
      assertThat(report.text())
          .endsWith("\n  woven: checkpoints: 7, classes: 2\n  woven: left as it was: app.Odd: why");
    }

    @Test
    void aReportHasTheAccountOfThisJvm() {
      StopReport report =
          new StopReport("app", WHY, Instant.EPOCH, Duration.ZERO, Duration.ZERO, List.of());
      assertThat(report.checkpoints().form()).isEqualTo(Gate.EXPLICIT.form().word());
      assertThat(report.checkpoints().why()).isEqualTo(Gate.EXPLICIT.form().why());
    }
  }

  @Nested
  class Entries {

    @Test
    void anAbandonedThreadIsListedUntilItEnds() {
      CountDownLatch release = new CountDownLatch(1);
      Thread thread =
          Thread.ofPlatform()
              .name("left")
              .start(
                  () -> {
                    try {
                      assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
      Ledger.abandon("app/job", thread, WHY);
      assertThat(Ledger.entries())
          .singleElement()
          .satisfies(
              entry -> {
                assertThat(entry.path()).isEqualTo("app/job");
                assertThat(entry.thread()).isEqualTo("left");
                assertThat(entry.reason()).startsWith("requested 'deploy' by ");
              });
      release.countDown();
      Await.until("its entry has vanished", () -> Ledger.entries().isEmpty());
    }
  }
}
