// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.io.IOException;
import java.lang.invoke.MutableCallSite;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.deaf.Snippets;

/// Stops deaf code, in a JVM of its own that the agent has woven; prints a line for each.
final class Trials {

  private static final long LOOKS = 20_000_000;
  private static final int STOPS = 8;
  private static final int FEW = 4;

  private Trials() {}

  /// Runs some of them.
  ///
  /// @param args which: a method of [Snippets], or one of [DeafPrograms]
  public static void main(String[] args) throws InterruptedException {
    for (String name : args) {
      System.out.println(name + ": " + line(name));
    }
    System.exit(0); // whatever could not be stopped
  }

  private static String line(String name) throws InterruptedException {
    System.err.println("== " + name);
    try {
      return DeafPrograms.isOne(name) ? DeafPrograms.run(name) : snippet(name);
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable e) { // the parent is to see it
      e.printStackTrace();
      return e.toString();
    }
  }

  private static String snippet(String name)
      throws InterruptedException, IOException, ReflectiveOperationException {
    Snippets code = new Snippets();
    return switch (name) {
      case "manyAtOnce" -> manyAtOnce();
      case "virtualThread" -> Hosted.stoppedInVirtualThread(code::loop, code.began);
      case "stoppedBeforeItBegins" -> Hosted.stopped(code::loop, new CountDownLatch(0));
      case "grace" -> grace(code);
      case "doors" -> doors();
      case "hatch" -> hatch();
      case "classLoading" -> kept(code, released(code, name));
      case "initialiser" ->
          kept(code, released(code, name)) + ", class gives " + Snippets.Slow.VALUE;
      default -> kept(code, Hosted.stopped(() -> call(code, name), code.began));
    };
  }

  /// Whoever cleans up has a closed gate: what stands behind the checks is taken away.
  private static String grace(Snippets code)
      throws InterruptedException, ReflectiveOperationException {
    AtomicBoolean taken = new AtomicBoolean();
    Object first = behindTheChecks();
    String outcome =
        Hosted.stopped(
            () -> {
              try {
                code.loop();
              } finally {
                Object before = behindTheChecks();
                for (long i = 0; i < LOOKS && !taken.get(); i++) {
                  Object now = behindTheChecks();
                  taken.set(!now.equals(before) || now.equals(first));
                  Thread.onSpinWait();
                }
              }
            },
            code.began);
    return outcome + ", checks " + (taken.get() ? "taken away" : "left open");
  }

  /// What the stopped thread is not in keeps its compiled code: its door stays closed. All doors
  /// are opened for a thread that is not reached for a while, so not every stop is as good.
  private static String doors() throws InterruptedException, IOException {
    return fewest(Snippets::loop, FEW);
  }

  /// Code that enters large methods loses nothing: a hatch is enough.
  private static String hatch() throws InterruptedException, IOException {
    return fewest(Snippets::large, 0);
  }

  private static String fewest(Consumer<Snippets> body, long few)
      throws InterruptedException, IOException {
    long fewest = Long.MAX_VALUE;
    String outcome = "";
    for (int i = 0; i < STOPS && fewest > few; i++) {
      Path file = Files.createTempFile("doors", ".jfr");
      try (Recording recording = new Recording()) {
        recording.enable("dev.curfew.Gate");
        recording.start();
        Snippets code = new Snippets();
        outcome = Hosted.stopped(() -> body.accept(code), code.began);
        recording.dump(file);
      }
      fewest =
          Math.min(
              fewest, RecordingFile.readAllEvents(file).stream().filter(Trials::isOpening).count());
      Files.delete(file);
    }
    return outcome + (fewest <= few ? ", few opened" : ", opened: " + fewest);
  }

  /// Of anything but a hatch.
  private static boolean isOpening(RecordedEvent event) {
    String gate = event.getString("gate");
    return gate.startsWith("woven")
        && !gate.startsWith("woven, hatch")
        && event.getString("change").equals("opened");
  }

  private static Object behindTheChecks() throws ReflectiveOperationException {
    Class<?> site = Class.forName("java.lang.CurfewSite");
    return site.getField("swings").getBoolean(null)
        ? ((MutableCallSite[]) site.getField("DOORS").get(null))
            [Site.door("org.deaf.Snippets")].getTarget()
        : Optional.ofNullable(site.getField("look").get(null));
  }

  private static String released(Snippets code, String name) throws InterruptedException {
    return Hosted.stoppedThenReleased(
        () -> call(code, name), code.began, () -> code.released = true);
  }

  private static void call(Snippets code, String name) throws ReflectiveOperationException {
    try {
      Object _ = Snippets.class.getMethod(name).invoke(code);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }

  private static String kept(Snippets code, String outcome) {
    boolean free = !code.lock.isLocked() && code.areMonitorsFree();
    return "%s, cleaned up %d, locks %s".formatted(outcome, code.cleanedUp, free ? "free" : "held");
  }

  private static String manyAtOnce() throws InterruptedException {
    List<Snippets> codes = new ArrayList<>();
    List<Hosted.Deaf> bodies = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Snippets code = new Snippets();
      codes.add(code);
      bodies.add(i % 2 == 0 ? code::closes : code::unlocks);
    }
    String outcome = Hosted.stopped(bodies, codes.stream().map(code -> code.began).toList());
    List<String> all = codes.stream().map(code -> kept(code, outcome)).distinct().toList();
    return String.join("; ", all);
  }
}
