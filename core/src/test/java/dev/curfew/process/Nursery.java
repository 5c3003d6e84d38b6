// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Starts children for a test and sees to it that none of them is left.
final class Nursery {
  static final Duration LONG = Duration.ofSeconds(20);

  private final Path folder;
  private final List<ChildProcess> children = new ArrayList<>();
  private final Set<String> markers = new HashSet<>();

  Nursery(Path folder) {
    this.folder = folder;
  }

  ChildProcess start(Command command) throws IOException {
    markers.add(command.marker());
    ChildProcess child = ChildProcess.start(command);
    children.add(child);
    return child;
  }

  /// A shell whose current folder is the test's.
  ChildProcess shell(String script) throws IOException {
    return start(script(script));
  }

  Command script(String script) {
    return Command.of("sh", "-c", "cd \"$0\" && { " + script + "\n}", folder.toString())
        .withOutput(file("out"))
        .withErrors(file("err"));
  }

  /// The same through the JDK's own way.
  ChildProcess built(Command command) throws IOException {
    markers.add(command.marker());
    var table = new ProcTable();
    ChildProcess child =
        ChildProcess.start(command, new BuildStarter("a test"), table, new HandleKernel(table));
    children.add(child);
    return child;
  }

  /// Has whatever carries the marker of a command ended after the test.
  void watch(Command command) {
    markers.add(command.marker());
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  void append(String name, String text) {
    try {
      Files.writeString(file(name), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Waits until a child has written a whole line.
  String line(String name) {
    await(() -> text(name).endsWith("\n"));
    return text(name).strip();
  }

  long number(String name) {
    return Long.parseLong(line(name));
  }

  String text(String name) {
    try {
      return Files.exists(file(name)) ? Files.readString(file(name)) : "";
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  static Exit exit(ChildProcess child) throws InterruptedException {
    return child.awaitExit(LONG).orElseThrow(() -> new AssertionError(child + " still runs"));
  }

  static List<Long> pids(List<Member> members) {
    return members.stream().map(Member::pid).toList();
  }

  /// The state letter of a process, `-` if it is gone.
  static String state(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    } catch (IOException gone) {
      return "-";
    }
  }

  static void await(BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).as("waited too long").isLessThan(LONG.toNanos());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  void clear() throws InterruptedException {
    Leftovers left = Leftovers.find(markers);
    var starts = new HashMap<ChildProcess, Long>();
    for (ChildProcess child : children) {
      starts.put(child, child.startTime());
      child.force();
      assertThat(child.awaitGone(LONG)).isEmpty();
      child.close();
    }
    left.force();
    assertThat(left.awaitGone(LONG)).isEmpty();
    for (ChildProcess child : children) {
      assertThat(new ProcTable().row(child.pid()))
          .satisfiesAnyOf(
              row -> assertThat(row).isNull(),
              row -> assertThat(row.start()).isNotEqualTo(starts.get(child)));
    }
  }
}
