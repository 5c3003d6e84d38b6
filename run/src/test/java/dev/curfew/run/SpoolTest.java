// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {

  private static final byte[] LITTLE = "some words".getBytes(UTF_8);
  private static final byte[] MUCH = new byte[100_000];

  @TempDir Path folder;

  @Test
  void whatIsKeptIsReadByALaterOne() throws IOException {
    Spool spool = new Spool(folder, "1");
    spool.output().write(LITTLE);
    spool.errors().write(MUCH);

    spool.keep();
    spool.keep();

    assertThat(text(spool)).isEqualTo("some words");
    Spool later = Spool.left(folder, "1");
    assertThat(text(later)).isEqualTo("some words");
    assertThat(later.errorFile()).hasBinaryContent(MUCH);
    later.delete();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatCannotBeKeptCanStillBeShown() throws IOException {
    Spool spool = new Spool(folder.resolve("none"), "1");
    spool.output().write(LITTLE);

    assertThatThrownBy(spool::keep).isInstanceOf(IOException.class);

    assertThat(text(spool)).isEqualTo("some words");
  }

  @Test
  void whatIsPrintedAfterTheEndGoesNowhere() throws IOException {
    Spool spool = new Spool(folder, "1");
    OutputStream little = spool.output();
    OutputStream much = spool.errors();
    little.write(LITTLE);
    much.write(MUCH);

    spool.delete();
    little.write(MUCH);
    much.write(MUCH);

    assertThat(folder).isEmptyDirectory();
    assertThat(spool.problem()).isEmpty();
  }

  @Test
  void whoseFirstWordsComeTooLateIsNotHeard() throws IOException {
    Spool shown = new Spool(folder, "1");
    shown.delete();
    shown.output().write(MUCH);
    Spool kept = new Spool(folder, "2");
    kept.keep();
    kept.errors().write(MUCH);

    assertThat(folder).isEmptyDirectory();
    kept.reset();
    kept.errors().write(MUCH);
    assertThat(folder).isDirectoryContaining("glob:**/2.err");
    kept.delete();
  }

  @Test
  void whatCannotBeReadIsNoFaultOfTheReader() throws IOException {
    Files.createDirectory(folder.resolve("1.out"));
    Spool spool = Spool.left(folder, "1");

    assertThatThrownBy(() -> text(spool))
        .isInstanceOf(Spool.Unreadable.class)
        .hasMessageContaining("1.out");
  }

  @Test
  void whatHasBeenShownIsNotKept() throws IOException {
    Spool spool = new Spool(folder, "1");
    spool.output().write(LITTLE);
    spool.delete();

    spool.keep();
    assertThat(folder).isEmptyDirectory();

    spool.reset();
    spool.output().write(LITTLE);
    spool.keep();
    assertThat(text(Spool.left(folder, "1"))).isEqualTo("some words");
  }

  @Test
  void nobodyWaitsForOneWhoDoesNotRead() throws IOException, InterruptedException {
    Spool spool = new Spool(folder, "1");
    spool.output().write(LITTLE);
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    FutureTask<Boolean> showing =
        new FutureTask<>(
            () -> {
              spool.copyOutput(new Slow(reading, go));
              return true;
            });
    Thread reader = Thread.ofPlatform().start(showing);
    assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();

    spool.keep();

    assertThat(text(Spool.left(folder, "1"))).isEqualTo("some words");
    go.countDown();
    assertThat(reader.join(Duration.ofSeconds(30))).isTrue();
    assertThat(showing.resultNow()).isTrue();
  }

  private static final class Slow extends OutputStream {
    private final CountDownLatch reading;
    private final CountDownLatch go;

    Slow(CountDownLatch reading, CountDownLatch go) {
      this.reading = reading;
      this.go = go;
    }

    @Override
    public void write(int b) throws IOException {
      reading.countDown();
      try {
        assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void noFileStaysOpen() throws IOException {
    for (int way = 0; way < 3; way++) {
      Spool spool = new Spool(folder, "1");
      spool.output().write(MUCH);
      assertThat(openHere()).as("while it is written").isOne();
      switch (way) {
        case 0 -> spool.delete();
        case 1 -> spool.reset();
        default -> spool.keep();
      }
      assertThat(openHere()).as("way " + way).isZero();
    }
  }

  private long openHere() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(this::isHere).count();
    }
  }

  private boolean isHere(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).startsWith(folder.toRealPath());
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static String text(Spool spool) throws IOException {
    ByteArrayOutputStream to = new ByteArrayOutputStream();
    spool.copyOutput(to);
    return to.toString(UTF_8);
  }
}
