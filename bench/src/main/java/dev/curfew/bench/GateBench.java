// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.check.Innocents;
import dev.curfew.bench.check.Situation;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What threads that nobody stops pay while others are stopped: in a loop that is vectorised, and
/// when many of them that wait below checkpoints are woken.
final class GateBench implements JvmBench {

  private static final String LOOP = "loop";
  private static final String DIP = "loop, longest gap, ms";
  private static final String WAKE = "wake 100,000 threads, ms";
  private static final String AGAIN = "wake them again, ms";

  private static final int INNOCENTS = 100_000;
  private static final int ITERATIONS = 4096;
  private static final int TURNS = 20;

  @SuppressWarnings("UnusedVariable") // written, so that no loop is left out
  private static volatile int sink;

  @Override
  public String name() {
    return "gate";
  }

  @Override
  public String unit() {
    return "CPU ns per iteration of a dot product with checkpoints";
  }

  @Override
  public List<String> columns() {
    return List.of(LOOP, DIP, WAKE, AGAIN);
  }

  @Override
  public List<String> variants() {
    return List.of("loop", "wake");
  }

  @Override
  public int rounds(boolean quick) {
    return quick ? 1 : 3;
  }

  @Override
  public List<Contender> contenders() {
    List<String> settled = List.of("-Ddev.curfew.gate=volatile");
    return List.of(
        Contender.ours("one thread is being stopped", Situation.OneDeaf.class.getName()),
        Contender.ours("16 threads are being stopped", Situation.ManyDeaf.class.getName()),
        Contender.ours("a stop every second", Situation.EverySecond.class.getName()),
        Contender.ours("10 stops a second", Situation.TenASecond.class.getName()),
        Contender.ours("stops without a pause", Situation.WithoutPause.class.getName()),
        Contender.ours("nobody is stopped", Situation.Calm.class.getName()),
        Contender.ours("volatile form, nobody is stopped", Situation.Calm.class.getName())
            .with(settled),
        Contender.ours("volatile form, one thread is", Situation.OneDeaf.class.getName())
            .with(settled),
        Contender.peer("volatile flag in hand", Situation.VolatileFlag.class.getName()),
        Contender.limit("no check", Situation.NoCheck.class.getName()));
  }

  @Override
  public void measure(Object peer, String variant, Figures figures, boolean quick)
      throws IOException, InterruptedException {
    Situation situation = (Situation) peer;
    if (variant.equals("loop")) {
      loop(situation, figures, quick);
    } else {
      wake(situation, figures, quick ? INNOCENTS / 10 : INNOCENTS);
    }
  }

  /// The processor time of the thread itself: what it computes, and what it waits for to be
  /// compiled again in slow code, but not what others take from it on a busy machine.
  private static void loop(Situation situation, Figures figures, boolean quick)
      throws IOException, InterruptedException {
    Duration warmUp = Duration.ofSeconds(quick ? 1 : 3);
    Duration span = Duration.ofSeconds(quick ? 1 : 10);
    run(situation, warmUp);
    situation.begin();
    List<Long> turns = run(situation, span);
    long all = turns.stream().mapToLong(each -> each).sum();
    figures.add(LOOP, (double) all / turns.size() / TURNS / ITERATIONS);
    figures.add(DIP, turns.stream().mapToLong(each -> each).max().orElseThrow() / 1e6);
  }

  /// {@return the processor time of each so many turns}
  private static List<Long> run(Situation situation, Duration span) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<Long> each = new ArrayList<>();
    long end = System.nanoTime() + span.toNanos();
    for (long now = threads.getCurrentThreadCpuTime(); System.nanoTime() < end; ) {
      int sum = 0;
      for (int i = 0; i < TURNS; i++) {
        sum += situation.turn();
      }
      sink = sum;
      long then = now;
      now = threads.getCurrentThreadCpuTime();
      each.add(now - then);
    }
    return each;
  }

  private static void wake(Situation situation, Figures figures, int count)
      throws IOException, InterruptedException {
    Innocents innocents = new Innocents(count);
    for (int i = 0; i < 10; i++) {
      sink = (int) innocents.wake();
    }
    situation.begin();
    Thread.sleep(Duration.ofMillis(500));
    figures.add(WAKE, innocents.wake() / 1e6);
    figures.add(AGAIN, innocents.wake() / 1e6);
  }
}
