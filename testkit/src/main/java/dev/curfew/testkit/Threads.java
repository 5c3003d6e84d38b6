// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.management.VirtualThreadSchedulerMXBean;

/// The live threads of this JVM, without those that the JVM, JUnit and Curfew keep for themselves.
///
/// Virtual threads are in no thread group: without a preview feature only HotSpot's thread dump
/// lists them. It takes about 0.7 ms and a file, so it is made only where a thread was created.
final class Threads {

  private static final int SHOWN_FRAMES = 12;

  /// One that computes for ever is a leak, and is dumped all the same.
  private static final long IDLE_WITHIN_NANOS = 100_000_000L;

  private static final long POLL_NANOS = 100_000L;

  private static final List<String> KEPT_BY_OTHERS =
      List.of("ForkJoinPool.commonPool-", "junit-", "surefire-", "ThreadedStreamConsumer");

  // They end by themselves when they have been idle for some seconds.
  private static final List<String> KEPT_BY_CURFEW = List.of("curfew-timer", "curfew-waker-");

  private static final Pattern NAME = Pattern.compile("\"name\": \"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern STACK = Pattern.compile("\"stack\": \\[([^]]*)]");
  private static final Pattern FRAME = Pattern.compile("\"([^\"]*)\"");

  private Threads() {}

  static Set<Thread> platform() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !keptByOthers(thread))
        .collect(Collectors.toCollection(HashSet::new));
  }

  /// {@return a number below the id of every thread that is created later}
  static long mark() {
    return Thread.ofVirtual().unstarted(() -> {}).threadId();
  }

  /// {@return the live virtual threads created after a mark, each with name and stack}
  static List<String> virtualSince(long mark) {
    if (mark() == mark + 1) {
      return List.of();
    }
    awaitIdleCarriers();
    return virtualIn(jvmDump(), mark);
  }

  /// JDK 25.0.3 has been seen to crash when it dumped threads while virtual ones were on their way
  /// on or off their carriers, once in some thousand dumps. What has ended needs no dump either.
  private static void awaitIdleCarriers() {
    VirtualThreadSchedulerMXBean carriers =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    long end = System.nanoTime() + IDLE_WITHIN_NANOS;
    while (carriers.getMountedVirtualThreadCount() + carriers.getQueuedVirtualThreadCount() > 0
        && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  static List<String> virtualIn(String dump, long mark) {
    List<String> found = new ArrayList<>();
    for (String part : dump.split("\"tid\": \"", -1)) {
      if (part.contains("\"virtual\": true") && id(part) > mark) {
        // The JDK itself waits for sockets in virtual threads.
        if (!part.contains("ollerLoop(")) {
          found.add(describe(part));
        }
      }
    }
    return found;
  }

  static String describe(Thread thread) {
    String frames =
        Arrays.stream(thread.getStackTrace())
            .limit(SHOWN_FRAMES)
            .map(frame -> "\n      at " + frame)
            .collect(Collectors.joining());
    return "%s thread %s (%s)%s"
        .formatted(
            thread.isVirtual() ? "virtual" : thread.isDaemon() ? "daemon" : "platform",
            name(thread),
            thread.getState(),
            frames);
  }

  static String name(Thread thread) {
    return thread.getName().isEmpty() ? "#" + thread.threadId() : '"' + thread.getName() + '"';
  }

  /// {@return the threads and the beginning of their stacks, for a failure}
  static String dump() {
    Stream<String> platform =
        platform().stream()
            .sorted(Comparator.comparingLong(Thread::threadId))
            .map(Threads::describe);
    return Stream.concat(platform, virtualIn(jvmDump(), 0).stream())
        .collect(Collectors.joining("\n  ", "  ", ""));
  }

  private static boolean keptByOthers(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group == null
        || group.getName().equals("system")
        || thread.getClass().getName().startsWith("jdk.internal.")
        || thread.getName().endsWith("-delayScheduler") // of the pool that carries virtual threads
        || startsWithAny(thread.getName(), KEPT_BY_OTHERS)
        || startsWithAny(thread.getName(), KEPT_BY_CURFEW);
  }

  private static boolean startsWithAny(String name, List<String> prefixes) {
    return prefixes.stream().anyMatch(name::startsWith);
  }

  private static long id(String part) {
    return Long.parseLong(part, 0, part.indexOf('"'), 10);
  }

  private static String describe(String part) {
    Matcher name = NAME.matcher(part);
    String called = name.find() && !name.group(1).isEmpty() ? '"' + name.group(1) + '"' : "";
    Matcher stack = STACK.matcher(part);
    String frames =
        FRAME
            .matcher(stack.find() ? stack.group(1).replace("\\/", "/") : "")
            .results()
            .map(MatchResult::group)
            .limit(SHOWN_FRAMES)
            .map(frame -> "\n      at " + frame.substring(1, frame.length() - 1))
            .collect(Collectors.joining());
    return "virtual thread " + (called.isEmpty() ? "#" + id(part) : called) + frames;
  }

  private static String jvmDump() {
    try {
      Path folder = Files.createTempDirectory("curfew-threads");
      Path file = folder.resolve("threads.json");
      try {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
        return Files.readString(file);
      } finally {
        Files.deleteIfExists(file);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not list the threads, in a temporary folder", e);
    }
  }
}
