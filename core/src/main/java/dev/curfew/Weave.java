// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.lang.StackWalker.StackFrame;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What an agent has left for us, if there is one: the checkpoints it has woven into foreign code.
///
/// The agent knows nothing of this library, nor does this library of the agent. They meet in a
/// class that the agent defines in `java.lang`, where code of every loader and module sees it:
///
/// ```java
/// public final class CurfewSite {
///   public static void loop();                         // woven before a jump back
///   public static void entry();                        // woven at the start of a method
///   public static final MutableCallSite LOOP, ENTRY;   // what stands behind the two
///   public static volatile boolean swings;             // whether these may be pointed elsewhere
///   public static volatile MethodHandle look;          // if not, the two read this and call it
///   public static volatile Predicate<StackFrame> shields;
///   public static volatile Supplier<Map<String, Object>> summary;
/// }
/// ```
///
/// It is looked for when a stop does not get through, so an agent may come at any time.
///
/// **Threads.** Any.
final class Weave {

  private static final String WHY = "the agent has chosen it";
  private static final int FAILURES = 5;
  private static final String SITE = "java.lang.CurfewSite";

  private static volatile @Nullable Weave found;

  private final Gate gate;
  private final VarHandle shields;
  private final VarHandle summary;

  private Weave(Class<?> site) throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    shields = lookup.findStaticVarHandle(site, "shields", Predicate.class);
    summary = lookup.findStaticVarHandle(site, "summary", Supplier.class);
    boolean swings = (boolean) lookup.findStaticVarHandle(site, "swings", boolean.class).get();
    VarHandle look = lookup.findStaticVarHandle(site, "look", MethodHandle.class);
    List<MutableCallSite> sites = List.of(site(lookup, site, "LOOP"), site(lookup, site, "ENTRY"));
    MethodHandle check =
        MethodHandles.lookup()
            .findStatic(Delivery.class, "atCheck", MethodType.methodType(void.class));
    gate =
        swings
            ? gate(check, new Gate.Sites(sites), new GateForm(true, WHY))
            : gate(check, new Read(look), new GateForm(false, WHY));
  }

  private static Gate gate(MethodHandle check, Gate.Hinge hinge, GateForm form) {
    return new Gate("woven", check, hinge, form, 0, TimeSource.system());
  }

  private static MutableCallSite site(MethodHandles.Lookup lookup, Class<?> site, String name)
      throws ReflectiveOperationException {
    return (MutableCallSite) lookup.findStaticVarHandle(site, name, MutableCallSite.class).get();
  }

  /// A field that all woven checks read, where call sites must not swing.
  private record Read(VarHandle look) implements Gate.Hinge {
    @Override
    public void point(MethodHandle target) {
      MethodHandle read = Gate.isEmpty(target) ? null : target;
      look.setVolatile(read);
    }

    @Override
    public boolean isLight() {
      return true;
    }
  }

  /// {@return the weave, null if there is none so far}
  static @Nullable Weave find() {
    Weave known = found;
    return known == null ? look() : known;
  }

  Gate gate() {
    return gate;
  }

  /// One at a time, for a weave makes the sites its own.
  private static synchronized @Nullable Weave look() {
    if (found != null) {
      return found;
    }
    try {
      Weave made = new Weave(Class.forName(SITE, true, null));
      found = made;
      return made;
    } catch (ClassNotFoundException e) {
      return null; // no agent
    } catch (ReflectiveOperationException e) {
      return null; // one that is older or newer than this library
    }
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
