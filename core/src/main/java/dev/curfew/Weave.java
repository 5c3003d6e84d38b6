// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.StackWalker.StackFrame;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What an agent has left for us, if there is one: the checkpoints it has woven into foreign code.
///
/// The agent knows nothing of this library, nor does this library of the agent. They meet in a
/// class that the agent defines in `java.lang`, where code of every loader and module sees it:
///
/// ```java
/// public final class CurfewSite {
///   public static void loop0(), loop1(), …;            // woven before a jump back
///   public static void entry0(), entry1(), …;          // woven at the start of a method
///   public static void entryHatch0(), …;               // woven at the start of a large method
///   public static final MutableCallSite[] DOORS;       // what stands behind loop and entry
///   public static final MethodHandle[] HATCHES;        // what is called at large methods, if any
///   public static volatile boolean swings;             // whether these may be pointed elsewhere
///   public static volatile MethodHandle look;          // if not, they read this and call it
///   public static volatile Function<String, int[]> doors; // of a class by name; none if not woven
///   public static volatile Predicate<StackFrame> shields;
///   public static volatile Supplier<Map<String, Object>> summary;
/// }
/// ```
///
/// Every door has a gate of its own. To swing one drops the compiled code behind it, and takes the
/// longer the more of that there is; so a stop opens those of the classes in which its thread is at
/// work, and all only if that was in vain. A class has a door for its loops and its larger methods,
/// and one for the entries of small methods, of which there are copies in much other code.
///
/// The entries of its largest methods have a hatch, with a gate of its own too: to open it is one
/// write, which takes no compiled code away. So hatches come first.
///
/// It is looked for when a stop does not get through, so an agent may come at any time.
///
/// **Threads.** Any.
final class Weave {

  private static final String WHY = "the agent has chosen it";
  private static final int FAILURES = 5;
  private static final String SITE = "java.lang.CurfewSite";

  private static final int HATCH = 2; // where its number stands, in what `doors` returns
  private static final VarHandle ELEMENT =
      MethodHandles.arrayElementVarHandle(MethodHandle[].class);

  private static volatile @Nullable Weave found;

  /// Whether the agent is of another version, for good.
  private static volatile boolean strange;

  private final List<Gate> hatches;
  private final List<Gate> doors;
  private final VarHandle doorsOf;
  private final VarHandle shields;
  private final VarHandle summary;

  private Weave(Class<?> site) throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    shields = lookup.findStaticVarHandle(site, "shields", Predicate.class);
    summary = lookup.findStaticVarHandle(site, "summary", Supplier.class);
    boolean swings = (boolean) lookup.findStaticVarHandle(site, "swings", boolean.class).get();
    VarHandle look = lookup.findStaticVarHandle(site, "look", MethodHandle.class);
    doorsOf = lookup.findStaticVarHandle(site, "doors", Function.class);
    MutableCallSite[] sites =
        (MutableCallSite[])
            lookup.findStaticVarHandle(site, "DOORS", MutableCallSite[].class).get();
    MethodHandle check =
        MethodHandles.lookup()
            .findStatic(Delivery.class, "atCheck", MethodType.methodType(void.class));
    MethodHandle[] hatch =
        (MethodHandle[]) lookup.findStaticVarHandle(site, "HATCHES", MethodHandle[].class).get();
    hatches =
        IntStream.range(0, hatch.length)
            .mapToObj(i -> gate("woven, hatch " + i, check, h -> ELEMENT.setVolatile(hatch, i, h)))
            .toList();
    doors =
        swings
            ? IntStream.range(0, sites.length).mapToObj(i -> gate(check, sites[i], i)).toList()
            : List.of(gate("woven", check, h -> look.setVolatile(h)));
  }

  private static Gate gate(MethodHandle check, MutableCallSite door, int number) {
    Gate.Hinge hinge = new Gate.Sites(List.of(door));
    return gate("woven, door " + number, check, hinge, new GateForm(true, WHY));
  }

  private static Gate gate(
      String name, MethodHandle check, Consumer<@Nullable MethodHandle> write) {
    return gate(name, check, new Field(write), new GateForm(false, WHY));
  }

  private static Gate gate(String name, MethodHandle check, Gate.Hinge hinge, GateForm form) {
    return new Gate(name, check, hinge, form, 0, TimeSource.system());
  }

  /// A field that woven checks read: a hatch, or the one that all others read where call sites must
  /// not swing.
  private record Field(Consumer<@Nullable MethodHandle> write) implements Gate.Hinge {
    @Override
    public void point(MethodHandle target) {
      write.accept(Gate.isEmpty(target) ? null : target);
    }

    @Override
    public boolean isLight() {
      return true;
    }
  }

  /// {@return the weave, null if there is none so far}
  static @Nullable Weave find() {
    Weave known = found;
    return known != null || strange ? known : look();
  }

  /// {@return what all woven checks are behind, hatches first}
  List<Gate> gates() {
    return Stream.concat(hatches.stream(), doors.stream()).toList();
  }

  /// Whether a gate opens for next to nothing.
  boolean isHatch(Gate gate) {
    return hatches.contains(gate);
  }

  /// {@return what the checks are behind of the classes that a thread is in: the hatches of all,
  /// then the doors of the innermost, and then those of their small methods}
  ///
  /// @param most the doors of how many classes at most
  @SuppressWarnings("unchecked") // it is what the field is declared to hold
  Collection<Gate> around(Thread thread, int most) {
    Function<String, int[]> find = (Function<String, int[]>) doorsOf.get();
    if (find == null) {
      return gates();
    }
    Set<String> classes = new LinkedHashSet<>();
    for (StackTraceElement frame : thread.getStackTrace()) {
      classes.add(frame.getClassName());
    }
    Set<Gate> around = new LinkedHashSet<>();
    Set<Gate> found = new LinkedHashSet<>();
    Set<Gate> entries = new LinkedHashSet<>();
    for (String name : classes) {
      int[] numbers = find.apply(name);
      if (numbers.length > HATCH) {
        around.add(hatches.get(numbers[HATCH]));
      }
      if (numbers.length > 0 && found.size() < most) {
        found.add(door(numbers[0]));
        entries.add(door(numbers[1]));
      }
    }
    around.addAll(found);
    around.addAll(entries);
    return around;
  }

  private Gate door(int number) {
    return doors.get(doors.size() == 1 ? 0 : number); // one for all, where doors do not swing
  }

  /// Where there is no agent, as mostly, it ends before the monitor.
  private static @Nullable Weave look() {
    try {
      return made(Class.forName(SITE, true, null));
    } catch (ClassNotFoundException e) {
      return null; // no agent
    } catch (ReflectiveOperationException e) {
      strange = true;
      return null; // one that is older or newer than this library
    }
  }

  /// One at a time, for a weave makes the sites its own.
  private static synchronized Weave made(Class<?> site) throws ReflectiveOperationException {
    Weave known = found;
    Weave weave = known == null ? new Weave(site) : known;
    found = weave;
    return weave;
  }

  /// {@return whether a frame of woven code is in clean-up or in a monitor}
  @SuppressWarnings("unchecked") // it is what the field is declared to hold
  static Predicate<StackFrame> shields() {
    Weave known = find();
    Predicate<StackFrame> test = known == null ? null : (Predicate<StackFrame>) known.shields.get();
    return test == null ? _ -> false : test;
  }

  /// {@return what was woven and what was not, a line each; none without an agent}
  static List<String> account() {
    Map<String, Object> told = summary();
    List<String> lines = new ArrayList<>();
    if (!told.isEmpty()) {
      lines.add("checkpoints: " + told.get("checkpoints") + ", classes: " + told.get("classes"));
    }
    if (told.get("failed") instanceof List<?> failed) {
      failed.stream().limit(FAILURES).forEach(each -> lines.add("left as it was: " + each));
      if (failed.size() > FAILURES) {
        lines.add("and more that are left as they were: " + told.get("failures") + " in all");
      }
    }
    return lines;
  }

  @SuppressWarnings("unchecked") // it is what the field is declared to hold
  private static Map<String, Object> summary() {
    Weave known = find();
    Supplier<Map<String, Object>> told =
        known == null ? null : (Supplier<Map<String, Object>>) known.summary.get();
    return told == null ? Map.of() : told.get();
  }
}
