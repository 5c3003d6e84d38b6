// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static java.lang.constant.ConstantDescs.CD_CallSite;
import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_MethodHandles;
import static java.lang.constant.ConstantDescs.CD_MethodHandles_Lookup;
import static java.lang.constant.ConstantDescs.CD_MethodType;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.StackWalker.StackFrame;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc.Kind;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The class `java.lang.CurfewSite`, through which woven code, this agent and Curfew itself meet:
///
/// ```java
/// public final class CurfewSite {
///   public static final MutableCallSite[] DOORS;         // point at an empty method
///   public static final MethodHandle[] HATCHES;          // called if they are not null
///   public static volatile boolean swings;               // whether they may be pointed elsewhere
///   public static volatile MethodHandle look;            // if not, they read this and call it
///   public static volatile Function<String, int[]> doors; // those of a class; none if not woven
///   public static volatile Predicate<StackFrame> shields;
///   public static volatile Supplier<Map<String, Object>> summary;
///   public static void loop0(), loop1(), …;               // each calls what its door points at
///   public static void entry0(), entry1(), …;             // likewise
///   public static void entryHatch0(), entryHatch1(), …;   // each looks into its hatch
/// }
/// ```
///
/// Each class is behind one of the doors, by its name, with those nested in it, and the entries of
/// its small methods are behind another: to point a door elsewhere drops the compiled code behind
/// it, and leaves that of other classes alone. Where the JVM does not strip-mine counted loops, to
/// point a call site elsewhere would wait for every loop that runs: there they read a field, which
/// keeps such loops from being vectorised.
///
/// At the entry of a large method a check reads a field instead, a hatch: that is next to nothing
/// beside its other work, and to open it is one write, where to point a door elsewhere takes the
/// JVM a walk through all compiled code.
///
/// It is generated, and lives in `java.lang`, because that package is seen by every class loader
/// and every module. Woven code calls its methods by `invokestatic`, which class files of any
/// age can hold; only inside them is an `invokedynamic`. `docs/decisions/0012` has the reasons and
/// what was measured.
final class Site {

  static final ClassDesc NAME = ClassDesc.of("java.lang.CurfewSite");
  static final MethodTypeDesc CHECK = MethodTypeDesc.of(CD_void);

  private static final String LOOP = "loop";
  private static final String ENTRY = "entry";

  /// So many that classes share theirs with next to nothing that is at work at the same time.
  static final int DOORS = 64;

  /// Further doors, for the entries of small methods. They are apart because the JIT puts copies of
  /// such methods into many others, all of which would be dropped.
  private static final int SMALL = 16;

  private static final boolean[] LINKED = new boolean[DOORS + SMALL];

  private static final ClassDesc MUTABLE_CALL_SITE =
      ClassDesc.of("java.lang.invoke.MutableCallSite");
  private static final ClassDesc CALL_SITES = MUTABLE_CALL_SITE.arrayType();
  private static final ClassDesc HANDLES = CD_MethodHandle.arrayType();
  private static final String LINK = "link";
  private static final MethodTypeDesc LINK_TYPE = MethodTypeDesc.of(CD_void, CD_int);
  private static final String READ = "read";
  private static final String BOOTSTRAP = "bootstrap";
  private static final MethodTypeDesc BOOTSTRAP_TYPE =
      MethodTypeDesc.of(CD_CallSite, CD_MethodHandles_Lookup, CD_String, CD_MethodType, CD_int);

  private static volatile @Nullable Method linker;

  private Site() {}

  /// {@return the door of a class}
  ///
  /// @param name with slashes or dots
  static int door(String name) {
    int hash = 0;
    for (int i = 0; i < name.length() && (i == 0 || name.charAt(i) != '$'); i++) {
      char c = name.charAt(i);
      hash = 31 * hash + (c == '.' ? '/' : c);
    }
    return (hash ^ (hash >>> 16)) & (DOORS - 1);
  }

  /// {@return the door of the entries of small methods, in a class with this one}
  static int small(int door) {
    return DOORS + door % SMALL;
  }

  /// {@return how many there are, of all kinds}
  private static int doors() {
    return DOORS + SMALL;
  }

  private static boolean hasLoops(int door) {
    return door < DOORS;
  }

  /// {@return the method that is called before a jump back}
  static String loop(int door) {
    return LOOP + door;
  }

  /// {@return the method that is called at an entry}
  static String entry(int door) {
    return ENTRY + door;
  }

  /// {@return the method that is called at the entry of a large method}
  static String hatch(int door) {
    return ENTRY + "Hatch" + door;
  }

  static boolean isLoop(String method) {
    return method.startsWith(LOOP);
  }

  /// Defines the class if it is not there, links a first door, and hands the fields over.
  static void open(
      Instrumentation instrumentation,
      Function<String, int[]> doors,
      Predicate<StackFrame> shields,
      Supplier<Map<String, Object>> summary) {
    try {
      Class<?> site = find();
      if (site == null) {
        site = define(instrumentation);
        chooseForm(site);
      }
      linker = site.getMethod(LINK, int.class);
      link(0);
      linkHatches(site);
      site.getField("doors").set(null, doors);
      site.getField("shields").set(null, shields);
      site.getField("summary").set(null, summary);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("java.lang.CurfewSite cannot be used: " + e, e);
    }
  }

  /// Links a door before code is handed out that has checks behind it: a link that failed, because
  /// the stack was full as the first check ran, say, would fail for ever. Not all at once, as that
  /// takes 20 ms.
  static void link(int door) {
    Method known = linker;
    if (known != null && !LINKED[door]) {
      try {
        known.invoke(null, door);
        LINKED[door] = true; // twice does no harm
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("door " + door + " cannot be linked: " + e, e);
      }
    }
  }

  /// All at once, as they share what is linked.
  private static void linkHatches(Class<?> site) throws ReflectiveOperationException {
    @Nullable MethodHandle[] hatches = (MethodHandle[]) site.getField("HATCHES").get(null);
    if (hatches[0] == null) {
      hatches[0] = MethodHandles.empty(MethodType.methodType(void.class));
      site.getMethod(hatch(0)).invoke(null);
      hatches[0] = null;
    }
  }

  /// Before anything is woven, for afterwards it may be too late to swing.
  private static void chooseForm(Class<?> site) throws ReflectiveOperationException {
    boolean swings = Form.swings();
    site.getField("swings").setBoolean(null, swings);
    if (!swings) {
      MethodHandle read =
          MethodHandles.publicLookup().findStatic(site, READ, MethodType.methodType(void.class));
      for (MutableCallSite each : (MutableCallSite[]) site.getField("DOORS").get(null)) {
        each.setTarget(read);
      }
    }
  }

  private static @Nullable Class<?> find() {
    try {
      return Class.forName("java.lang.CurfewSite", true, null);
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  private static Class<?> define(Instrumentation instrumentation) throws IllegalAccessException {
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(Site.class.getModule())),
        Set.of(),
        Map.of());
    return MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup())
        .defineClass(classFile());
  }

  static byte[] classFile() {
    return ClassFile.of()
        .build(
            NAME,
            site -> {
              site.withFlags(AccessFlag.PUBLIC, AccessFlag.FINAL);
              int constant = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL;
              int shared = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC | ClassFile.ACC_VOLATILE;
              site.withField("DOORS", CALL_SITES, constant);
              site.withField("HATCHES", HANDLES, constant);
              site.withField("swings", CD_boolean, shared);
              site.withField("look", CD_MethodHandle, shared);
              site.withField("doors", ClassDesc.of(Function.class.getName()), shared);
              site.withField("shields", ClassDesc.of(Predicate.class.getName()), shared);
              site.withField("summary", ClassDesc.of(Supplier.class.getName()), shared);
              site.withMethodBody(CLASS_INIT_NAME, CHECK, ClassFile.ACC_STATIC, Site::initialise);
              site.withMethodBody(BOOTSTRAP, BOOTSTRAP_TYPE, ClassFile.ACC_STATIC, Site::bootstrap);
              for (int i = 0; i < doors(); i++) {
                check(site, entry(i), i);
                if (hasLoops(i)) {
                  check(site, loop(i), i);
                  lookIntoHatch(site, i);
                }
              }
              site.withMethodBody(
                  LINK, LINK_TYPE, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, Site::link);
              site.withMethodBody(
                  READ, CHECK, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, Site::read);
            });
  }

  private static void check(ClassBuilder site, String name, int door) {
    var target = MethodHandleDesc.ofMethod(Kind.STATIC, NAME, BOOTSTRAP, BOOTSTRAP_TYPE);
    site.withMethodBody(
        name,
        CHECK,
        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
        code -> code.invokedynamic(DynamicCallSiteDesc.of(target, name, CHECK, door)).return_());
  }

  /// `MethodHandle h = HATCHES[door]; if (h != null) h.invokeExact();`
  private static void lookIntoHatch(ClassBuilder site, int door) {
    site.withMethodBody(
        hatch(door),
        CHECK,
        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
        code -> callIfSet(code.getstatic(NAME, "HATCHES", HANDLES).loadConstant(door).aaload()));
  }

  /// `switch (door) { case 0: loop0(); entry0(); return; … }`
  private static void link(CodeBuilder code) {
    Label none = code.newLabel();
    List<SwitchCase> cases =
        IntStream.range(0, doors()).mapToObj(i -> SwitchCase.of(i, code.newLabel())).toList();
    code.iload(0).tableswitch(none, cases);
    for (SwitchCase each : cases) {
      int door = each.caseValue();
      code.labelBinding(each.target()).invokestatic(NAME, entry(door), CHECK);
      if (hasLoops(door)) {
        code.invokestatic(NAME, loop(door), CHECK);
      }
      code.return_();
    }
    code.labelBinding(none).return_();
  }

  /// `MethodHandle h = look; if (h != null) h.invokeExact();`
  private static void read(CodeBuilder code) {
    callIfSet(code.getstatic(NAME, "look", CD_MethodHandle));
  }

  private static void callIfSet(CodeBuilder handle) {
    handle
        .astore(0)
        .aload(0)
        .ifThen(
            Opcode.IFNONNULL,
            set -> set.aload(0).invokevirtual(CD_MethodHandle, "invokeExact", CHECK))
        .return_();
  }

  /// `MethodHandle empty = MethodHandles.empty(MethodType.methodType(void.class));`
  ///
  /// `DOORS = new MutableCallSite[…];` each `new MutableCallSite(empty)`
  ///
  /// `HATCHES = new MethodHandle[…];`
  private static void initialise(CodeBuilder code) {
    code.getstatic(ClassDesc.of("java.lang.Void"), "TYPE", CD_Class)
        .invokestatic(CD_MethodType, "methodType", MethodTypeDesc.of(CD_MethodType, CD_Class))
        .invokestatic(CD_MethodHandles, "empty", MethodTypeDesc.of(CD_MethodHandle, CD_MethodType))
        .astore(0)
        .loadConstant(doors())
        .anewarray(MUTABLE_CALL_SITE)
        .astore(1);
    for (int i = 0; i < doors(); i++) {
      code.aload(1)
          .loadConstant(i)
          .new_(MUTABLE_CALL_SITE)
          .dup()
          .aload(0)
          .invokespecial(MUTABLE_CALL_SITE, INIT_NAME, MethodTypeDesc.of(CD_void, CD_MethodHandle))
          .aastore();
    }
    code.aload(1)
        .putstatic(NAME, "DOORS", CALL_SITES)
        .loadConstant(DOORS)
        .anewarray(CD_MethodHandle)
        .putstatic(NAME, "HATCHES", HANDLES)
        .return_();
  }

  /// `return DOORS[door]`
  private static void bootstrap(CodeBuilder code) {
    code.getstatic(NAME, "DOORS", CALL_SITES).iload(3).aaload().areturn();
  }
}
