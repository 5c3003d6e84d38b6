// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.util.List;

/// A piece of source that is stopped by JShell and by Curfew.
///
/// @param what in words
/// @param source members of a class: `run()` sets [#BEGAN] and goes on for long; `state()` is asked
///     afterwards
/// @param kept what `state()` says if nothing was lost
record Snippet(String what, String source, String kept) {

  /// The system property by which it says that it runs.
  static final String BEGAN = "bench.began";

  private static final String SPIN = "static void spin() { began(); while (true) {} }";
  private static final String LOCK =
      """
      static final java.util.concurrent.locks.ReentrantLock lock =
          new java.util.concurrent.locks.ReentrantLock();
      static void un() { lock.unlock(); }
      public static String state() { return lock.isLocked() ? "lock held" : ""; }
      """;
  private static final String COUNT =
      "static int count; public static String state() { return count + \" of N\"; }";

  static final List<Snippet> ALL =
      List.of(
          plain("`while (true) {}`", "spin();"),
          plain(
              "`catch (Throwable)` inside the loop",
              "began(); while (true) { try { for (int i = 0; i < 9; i++) n += i; }"
                  + " catch (Throwable t) { n = 0; } }"),
          plain("recursion", "began(); deep(0);"),
          plain(
              "loop of the JDK around a lambda",
              "began(); java.util.stream.IntStream.iterate(0, i -> i + 1).forEach(i -> n = i);"),
          plain("a loop in `synchronized`", "synchronized (lock) { spin(); }"),
          new Snippet(
              "try-with-resources, `close()` is woven code",
              COUNT.replace("N", "1")
                  + "static class R implements AutoCloseable { public void close() { count++; } }"
                  + "public static void run() { try (R r = new R()) { spin(); } }",
              "1 of 1"),
          new Snippet(
              "`finally { un(); }`, which unlocks",
              LOCK + "public static void run() { lock.lock(); try { spin(); } finally { un(); } }",
              ""),
          new Snippet(
              "`finally` with a call to the JDK only",
              LOCK.replace("static void un() { lock.unlock(); }", "")
                  + "public static void run() {"
                  + " lock.lock(); try { spin(); } finally { lock.unlock(); } }",
              ""),
          new Snippet(
              "`finally` with a loop of 3",
              COUNT.replace("N", "3")
                  + "public static void run() {"
                  + " try { spin(); } finally { for (int i = 0; i < 3; i++) count++; } }",
              "3 of 3"),
          new Snippet(
              "a class initialiser that takes half a second",
              """
              static class Slow {
                static int value;
                static {
                  began();
                  long end = System.nanoTime() + 500_000_000L;
                  while (System.nanoTime() - end < 0) value = 7;
                }
              }
              public static void run() { int v = Slow.value; while (true) v++; }
              public static String state() {
                try { return "class gives " + Slow.value; } catch (Throwable t) { return "class lost"; }
              }
              """,
              "class gives 7"),
          plain(
              "a thread of its own that computes",
              "Thread t = new Thread(() -> spin()); t.setDaemon(true); t.start(); started = t;"
                  + " spin();"),
          plain(
              "`BigInteger.pow`: loops of the JDK only",
              "began(); java.math.BigInteger.valueOf(3).pow(60_000_000);"));

  private static Snippet plain(String what, String body) {
    String members =
        """
        static int n;
        static final Object lock = new Object();
        static Thread started;
        static long deep(int d) { return d > 70 ? 1 : deep(d + 1) + deep(d + 1); }
        public static void run() { BODY }
        public static String state() throws Exception {
          if (started != null) started.join(1000);
          return started != null && started.isAlive() ? "its thread runs on" : "";
        }
        """;
    return new Snippet(what, members.replace("BODY", body), "");
  }

  /// {@return the class with that name}
  String in(String name) {
    return "public class %s { static void began() { System.setProperty(\"%s\", \"yes\"); } %s %s }"
        .formatted(name, BEGAN, source.contains("spin()") ? SPIN : "", source);
  }
}
