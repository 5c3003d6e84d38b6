// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Weaves the classes that are loaded, and on request those that are loaded already.
///
/// Invariants
///
/// 1. Whether a class is meant is known from its name and module, before anything else is done: for
///    all other classes that is the whole cost.
/// 2. Weaving reads no files, loads none of the program's classes, and takes no lock. So it cannot
///    come back to the class that is being loaded, nor wait for another that is. The JDK's classes
///    which it needs were loaded by [#warmUp], before it began to listen.
/// 3. Whatever goes wrong leaves the class as it was, and is told in the summary.
///
/// Locks: its monitor, to add to the selection.
final class Weaving implements ClassFileTransformer {

  private static final int BATCH = 50;

  private final Tally tally = new Tally();
  private final ShieldTable shields = new ShieldTable();
  private final Weaver weaver = new Weaver(name -> selection().covers(name));
  private volatile Selection selection = Selection.NONE;

  // which are used; whoever sees it late does without
  private final boolean[] hatches = new boolean[Site.DOORS];

  private Selection selection() {
    return selection;
  }

  /// Weaves a class of its own, and throws the result away.
  private static void warmUp() {
    try (InputStream in = Weaving.class.getResourceAsStream("CleanUp.class")) {
      if (in != null) {
        Woven _ = new Weaver(_ -> false).weave(in.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the agent's own classes cannot be read", e);
    }
  }

  /// Opens [Site] and begins to listen.
  void install(Instrumentation instrumentation) {
    warmUp();
    Site.open(instrumentation, this::doors, shields::holds, this::summary);
    instrumentation.addTransformer(this, true);
  }

  /// Weaves what is asked for from now on, and what is loaded of it already.
  void add(Selection more, Instrumentation instrumentation) {
    include(more);
    List<Class<?>> loaded = new ArrayList<>();
    for (Class<?> each : instrumentation.getAllLoadedClasses()) {
      String name = each.getName().replace('.', '/');
      if (more.covers(name, each.getModule())
          && selection.covers(name, each.getModule())
          && !each.isHidden()
          && !each.isArray()
          && instrumentation.isModifiableClass(each)) {
        loaded.add(each);
      }
    }
    for (int from = 0; from < loaded.size(); from += BATCH) {
      retransform(loaded.subList(from, Math.min(from + BATCH, loaded.size())), instrumentation);
    }
  }

  private synchronized void include(Selection more) {
    selection = selection.plus(more);
  }

  private void retransform(List<Class<?>> classes, Instrumentation instrumentation) {
    try {
      instrumentation.retransformClasses(classes.toArray(Class<?>[]::new));
    } catch (UnmodifiableClassException | UnsupportedOperationException | LinkageError e) {
      if (classes.size() == 1) {
        tally.failed(classes.getFirst().getName(), "cannot be woven once it is loaded: " + e);
      } else {
        classes.forEach(each -> retransform(List.of(each), instrumentation));
      }
    }
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable Module module,
      @Nullable ClassLoader loader,
      @Nullable String className,
      @Nullable Class<?> loaded,
      @Nullable ProtectionDomain domain,
      byte[] original) {
    if (className == null || module == null || !selection.covers(className, module)) {
      return null;
    }
    long start = System.nanoTime();
    try {
      Woven woven = weaver.weave(original);
      shields.put(loader, className, woven.shielded());
      if (woven.bytes() != null) {
        int door = Site.door(className);
        Site.link(door);
        Site.link(Site.small(door));
        if (woven.hatch()) {
          hatches[door] = true;
        }
      }
      tally.woven(className, woven, System.nanoTime() - start);
      return woven.bytes();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      tally.failed(className, e.toString());
      return null;
    }
  }

  /// {@return the doors of a class: that of its loops and larger methods, then that of the entries
  /// of its small ones, and the hatch of the entries of its largest, if there may be such; none if
  /// it is not woven}
  ///
  /// @param name with dots
  private int[] doors(String name) {
    if (!selection.covers(name.replace('.', '/'))) {
      return new int[0];
    }
    int door = Site.door(name);
    int small = Site.small(door);
    return hatches[door] ? new int[] {door, small, door} : new int[] {door, small};
  }

  Map<String, Object> summary() {
    return tally.summary(selection, shields.methods());
  }

  /// {@return the figures in one line}
  String line() {
    Map<String, Object> summary = summary();
    return "%s checkpoints in %s classes, %s could not be woven; included: %s"
        .formatted(
            summary.get("checkpoints"),
            summary.get("classes"),
            summary.get("failures"),
            selection.include());
  }
}
