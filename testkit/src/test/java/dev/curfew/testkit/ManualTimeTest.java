// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.TimeSource.Alarm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualTimeTest {

  private final ManualTime time = new ManualTime();
  private final List<String> seen = new ArrayList<>();

  @Test
  void startsAtZeroAndStandsStill() {
    assertThat(time.nanos()).isZero();
    assertThat(time).hasToString("at PT0S no alarm waits");
  }

  @Test
  void advanceMovesTheClock() {
    time.advance(Duration.ofSeconds(1));
    time.advance(Duration.ofSeconds(2));
    assertThat(time.nanos()).isEqualTo(nanosOf(3));
  }

  @Test
  void alarmsRunInOrderOfTimeEachAtItsOwn() {
    note(3, "third");
    note(1, "first");
    note(2, "second");
    note(2, "second again");
    note(5, "later");
    time.advance(Duration.ofSeconds(4));
    assertThat(seen)
        .containsExactly("first at 1", "second at 2", "second again at 2", "third at 3");
    assertThat(time.nanos()).isEqualTo(nanosOf(4));
    assertThat(time.waiting()).isOne();
  }

  @Test
  void alarmsThatAlarmsSetRunInTheSamePassIfDue() {
    Alarm _ =
        time.alarm(
            nanosOf(1),
            () -> {
              note(4, "too late");
              note(2, "in time");
            });
    time.advance(Duration.ofSeconds(3));
    assertThat(seen).containsExactly("in time at 2");
    time.advance(Duration.ofSeconds(1));
    assertThat(seen).containsExactly("in time at 2", "too late at 4");
  }

  @Test
  void alarmForAPastTimeRunsAtOnce() {
    time.advance(Duration.ofSeconds(2));
    note(1, "past");
    note(2, "now");
    assertThat(seen).containsExactly("past at 2", "now at 2");
  }

  @Test
  void alarmForNeverWaitsForEver() {
    time.advance(Duration.ofSeconds(2));
    Alarm _ = time.alarm(time.nanos() + Long.MAX_VALUE, () -> seen.add("never"));
    time.advance(Duration.ofDays(365));
    assertThat(seen).isEmpty();
    assertThat(time.waiting()).isOne();
  }

  @Test
  void cancelledAlarmVanishesAtOnce() {
    Alarm alarm = time.alarm(nanosOf(1), () -> seen.add("cancelled"));
    alarm.cancel();
    assertThat(time.waiting()).isZero();
    time.advance(Duration.ofSeconds(1));
    assertThat(seen).isEmpty();
    alarm.cancel();
  }

  @Test
  void alarmsRunOutsideLocks() {
    List<Long> read = new ArrayList<>();
    Alarm _ =
        time.alarm(
            nanosOf(1),
            () -> {
              Thread reader = Thread.ofVirtual().start(() -> read.add(time.nanos()));
              Await.until("another thread can use the clock", () -> !reader.isAlive());
            });
    time.advance(Duration.ofSeconds(1));
    assertThat(read).containsExactly(nanosOf(1));
  }

  @Test
  void timeDoesNotRunBackwards() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> time.advance(Duration.ofNanos(-1)))
        .withMessage("time does not run backwards: PT-0.000000001S");
  }

  @Test
  void awaitAlarmsReturnsWhenAThreadHasBegunToWait() {
    Thread sleeper = Thread.ofVirtual().name("sleeper").start(() -> sleepUntil(nanosOf(60)));
    time.awaitAlarms(1);
    assertThat(sleeper.isAlive()).isTrue();
    assertThat(time).hasToString("at PT0S wait: PT1M set by \"sleeper\"");
    time.advance(Duration.ofSeconds(60));
    Await.until("the sleeper has woken", () -> !sleeper.isAlive());
    assertThat(time.waiting()).isZero();
  }

  @Test
  void awaitAlarmsListsWhatIsThereWhenItGivesUp() {
    note(7, "alone");
    assertThatThrownBy(() -> time.awaitAlarms(2, Duration.ofMillis(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("waited 1 ms until 2 alarms wait, but at PT0S wait: PT7S set by ");
  }

  private void sleepUntil(long nanos) {
    while (time.nanos() - nanos < 0) {
      time.parkUntil(this, nanos, () -> false);
    }
  }

  private void note(int second, String what) {
    Alarm _ =
        time.alarm(nanosOf(second), () -> seen.add(what + " at " + time.nanos() / nanosOf(1)));
  }

  private static long nanosOf(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
