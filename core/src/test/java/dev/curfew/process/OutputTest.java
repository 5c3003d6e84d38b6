// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutputTest {
  private static final int MUCH = 300 << 20;

  @TempDir Path folder;
  private Nursery nursery;

  @BeforeEach
  void open() {
    nursery = new Nursery(folder);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    nursery.clear();
  }

  @Test
  void theTailIsTheEndFromAWholeCharacterOn() {
    nursery.append("a", "one\ntwo \u20ac\u20ac");
    assertThat(Output.tail(nursery.file("a"), 100)).isEqualTo("one\ntwo \u20ac\u20ac");
    assertThat(Output.tail(nursery.file("a"), 6)).isEqualTo("\u20ac\u20ac");
    assertThat(Output.tail(nursery.file("a"), 5)).isEqualTo("\u20ac");
    assertThat(Output.tail(nursery.file("a"), 4)).isEqualTo("\u20ac");
    assertThat(Output.tail(nursery.file("a"), 0)).isEmpty();
    assertThat(Output.tail(nursery.file("missing"), 10)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Output.tail(nursery.file("a"), -1))
        .withMessage("the end of a file cannot have -1 bytes");
  }

  @ParameterizedTest
  @EnumSource
  void itIsReadAsItComesAndEndsWithTheWriter(Way way) throws IOException {
    Command command = nursery.script("echo one; until [ -e go ]; do sleep 0.01; done; printf two");
    nursery.watch(command);
    try (Scope scope = Scope.open("app");
        InputStream in = follow(way.fork(scope, "child", command, Way.LONG))) {
      assertThat(new String(in.readNBytes(4), StandardCharsets.UTF_8)).isEqualTo("one\n");
      nursery.append("go", "on");
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("two");
      assertThat(in.read()).isEqualTo(-1);
      scope.join();
    }
  }

  @Test
  void whatAnEarlierChildWroteIsNotRead() throws IOException {
    nursery.append("out", "of an earlier child\n");
    Command command = nursery.script("echo of this one");
    nursery.watch(command);
    try (Scope scope = Scope.open("app")) {
      Fork<Exit> fork = ChildProcess.fork(scope, "child", command);
      assertThat(Output.tail(nursery.file("out"), 100)).doesNotContain("earlier");
      try (InputStream in = follow(fork)) {
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("of this one\n");
      }
      scope.join();
    }
  }

  private InputStream follow(Fork<Exit> fork) {
    return Output.follow(nursery.file("out"), fork::hasEnded);
  }

  @Test
  void muchOutputIsReadWithoutKeepingIt() throws IOException {
    Command command = nursery.script("head -c " + MUCH + " /dev/zero; sleep 0.05; echo end");
    nursery.watch(command);
    try (Scope scope = Scope.open("app");
        InputStream in = follow(ChildProcess.fork(scope, "child", command))) {
      byte[] some = new byte[64 << 10];
      long all = 0;
      for (int count = in.read(some); count >= 0; count = in.read(some)) {
        all += count;
      }
      scope.join();
      assertThat(all).isEqualTo(MUCH + 4L);
      assertThat(Output.tail(nursery.file("out"), 4)).isEqualTo("end\n");
    }
  }

  @Test
  void aGrandchildThatHoldsTheOutputOpenHoldsUpNobody() throws IOException {
    Command command =
        nursery.script("(setsid sh -c 'echo $$ > far; exec sleep 1000' &) ; echo said");
    try (ChildProcess child = nursery.start(command);
        InputStream in = Output.follow(nursery.file("out"), () -> child.exit().isPresent())) {
      long far = nursery.number("far");
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("said\n");
      assertThat(Nursery.state(far)).isNotIn("-", "Z");
    }
  }

  @Test
  void whatOthersWriteAfterTheEndIsNotRead() throws IOException {
    var ended = new AtomicBoolean();
    nursery.append("out", "mine");
    try (InputStream in = Output.follow(nursery.file("out"), ended::get)) {
      assertThat(in.read()).isEqualTo('m');
      ended.set(true);
      assertThat(in.read()).isEqualTo('i');
      nursery.append("out", "theirs");
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("ne");
    }
  }

  @Test
  void aStopOfTheReadersScopeEndsTheRead() {
    try (Scope scope = Scope.open("app")) {
      Fork<Integer> reader =
          scope.fork(
              "reader",
              () -> {
                try (InputStream in = Output.follow(nursery.file("never"), () -> false)) {
                  nursery.append("begun", "begun\n");
                  return in.read();
                }
              });
      nursery.line("begun");
      scope.stop(StopReason.requested("enough"));
      Await.until("it has ended", reader::hasEnded);
      assertThatThrownBy(reader::get).isInstanceOf(StoppedException.class);
    }
  }

  @Test
  void aClosedReaderSaysSo() throws IOException {
    InputStream in = Output.follow(nursery.file("never"), () -> false);
    in.close();
    assertThatThrownBy(in::read)
        .isInstanceOf(IOException.class)
        .hasMessage("the reader of %s is closed".formatted(nursery.file("never")));
  }
}
