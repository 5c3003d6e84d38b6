// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrinterTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path folder;
  private final CountDownLatch reads = new CountDownLatch(1);
  private final List<Long> shown = new CopyOnWriteArrayList<>();
  private Journal journal;

  /// Its reader has stopped reading, for now.
  private final class Slow implements Printer.Sheet {
    @Override
    public void write(Item item, Result result, Spool spool) throws IOException {
      if (item.order() == 4) {
        throw new Spool.Unreadable(new IOException("it is a bad day"));
      }
      Await.until("somebody reads", LONG, () -> reads.getCount() == 0);
      shown.add(item.order());
    }
  }

  @BeforeEach
  void open() {
    journal =
        Journal.open(
            folder.resolve("journal"), Journal.Mode.UNKEPT, new Journal.About(false, "", ""));
  }

  @AfterEach
  void nothingStays() {
    reads.countDown();
    Await.until(
        "nobody shows the rest",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("curfew-rest")));
    journal.close(true, Duration.ofSeconds(30));
  }

  /// Both wait for the first one, which never ends.
  private Printer withTwoThatWait() throws IOException {
    Printer printer = new Printer(new Slow(), true, journal, _ -> {});
    printer.show(page(1));
    printer.show(page(2));
    return printer;
  }

  private Printer.Page page(int order) throws IOException {
    Spool spool = new Spool(folder, Integer.toString(order));
    spool.output().write("words".getBytes(StandardCharsets.UTF_8));
    Item item = new Item(Input.of(order, "x"), JournalTest.key(order), order, "marker");
    return new Printer.Page(item, new Watch().done(), spool, false);
  }

  @Test
  void aReaderMayBeSlowAsLongAsNobodyWantsAnEnd() throws IOException {
    Printer printer = withTwoThatWait();
    AtomicInteger asked = new AtomicInteger();

    boolean all =
        printer.showRest(
            () -> {
              if (asked.incrementAndGet() == 5) {
                reads.countDown();
              }
              return false;
            },
            Duration.ofNanos(1));

    assertThat(all).isTrue();
    assertThat(shown).containsExactly(1L, 2L);
    assertThat(asked).hasValueGreaterThanOrEqualTo(5);
  }

  @Test
  void whoWantsAnEndDoesNotWaitForIt() throws IOException {
    Printer printer = withTwoThatWait();

    assertThat(printer.showRest(() -> true, Duration.ofMillis(10))).isFalse();

    assertThat(shown).isEmpty();
  }

  @Test
  void anInterruptIsKept() throws IOException {
    Printer printer = withTwoThatWait();
    Thread.currentThread().interrupt();
    try {
      assertThat(printer.showRest(() -> true, LONG)).isFalse();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void whatCannotBeReadIsPassedOver() throws IOException {
    reads.countDown();
    Printer printer = withTwoThatWait();
    printer.show(page(4));
    printer.show(page(5));

    assertThat(printer.showRest(() -> false, LONG)).isTrue();

    assertThat(shown).containsExactly(1L, 2L, 5L);
    assertThat(printer.hasShownAll()).isFalse();
  }
}
