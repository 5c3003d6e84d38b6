// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.StopReason;
import dev.curfew.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LadderTest {

  private final List<String> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch goesOn = new CountDownLatch(1);

  /// Holds the first signal up before it does anything.
  private final class Slow implements Ladder.Run {
    @Override
    public int runningNow() {
      first.countDown();
      try {
        assertThat(goesOn.await(10, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return 1;
    }

    @Override
    public void stop(StopReason reason) {
      done.add("stop");
    }

    @Override
    public void force() {
      done.add("kill");
    }
  }

  @Test
  void theThirdLeavesAfterKilling() {
    Ladder ladder = new Ladder(new Slow(), Duration.ofMinutes(5), () -> done.add("leave"));
    goesOn.countDown();
    for (String signal : List.of("TERM", "HUP", "INT", "TERM")) {
      ladder.onSignal(signal);
    }
    assertThat(done)
        .containsExactly("stop", "stop", "kill", "stop", "kill", "leave", "stop", "kill", "leave");
  }

  @Test
  void theSecondSignalStopsBeforeItKillsThoughTheFirstIsStillAboutTo() throws InterruptedException {
    Ladder ladder = new Ladder(new Slow(), Duration.ofMinutes(5), () -> {});
    Thread one = Thread.ofPlatform().start(() -> ladder.onSignal("TERM"));
    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
    ladder.onSignal("HUP");
    assertThat(done).containsExactly("stop", "kill");
    goesOn.countDown();
    assertThat(one.join(Await.LIMIT)).isTrue();
    assertThat(done).containsExactly("stop", "kill", "stop");
  }
}
