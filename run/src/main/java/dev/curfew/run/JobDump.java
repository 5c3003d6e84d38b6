// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Reads the thread dump of HotSpot for the one thread that matters.
final class JobDump {

  private static final int SHOWN_FRAMES = 8;
  private static final String FRAME = "\tat ";

  private static final Pattern HEAD = Pattern.compile("\"(.*)\" #\\d+ .*");
  private static final Pattern STATE =
      Pattern.compile("\\s+java\\.lang\\.Thread\\.State: (\\w+).*");

  private JobDump() {}

  /// {@return where the thread of the job is: the main thread or, when that has ended, the first
  /// one that keeps the JVM alive}
  static Optional<String> job(String dump) {
    List<List<String>> threads =
        List.of(dump.split("\\R\\R")).stream()
            .map(part -> part.lines().toList())
            .filter(JobDump::hasFrames)
            .toList();
    return threads.stream()
        .filter(thread -> thread.getFirst().startsWith("\"main\" "))
        .findFirst()
        .or(() -> threads.stream().filter(thread -> !isDaemon(thread.getFirst())).findFirst())
        .map(JobDump::shown);
  }

  private static boolean hasFrames(List<String> thread) {
    return !thread.isEmpty()
        && HEAD.matcher(thread.getFirst()).matches()
        && thread.stream().anyMatch(line -> line.startsWith(FRAME));
  }

  private static boolean isDaemon(String head) {
    return head.substring(head.lastIndexOf('"')).contains(" daemon ");
  }

  private static String shown(List<String> thread) {
    Matcher head = HEAD.matcher(thread.getFirst());
    String name = head.matches() ? head.group(1) : "";
    String state =
        thread.stream()
            .map(STATE::matcher)
            .filter(Matcher::matches)
            .map(match -> match.group(1))
            .findFirst()
            .orElse("in no known state");
    String frames =
        thread.stream()
            .filter(line -> line.startsWith(FRAME))
            .limit(SHOWN_FRAMES)
            .map(line -> "\n    at " + line.substring(FRAME.length()))
            .collect(Collectors.joining());
    return "thread " + name + " was " + state + frames;
  }
}
