// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static java.lang.constant.ConstantDescs.CD_CallSite;
import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_MethodHandles;
import static java.lang.constant.ConstantDescs.CD_MethodHandles_Lookup;
import static java.lang.constant.ConstantDescs.CD_MethodType;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.StackWalker.StackFrame;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
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
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The class `java.lang.CurfewSite`, through which woven code, this agent and Curfew itself meet:
///
/// ```java
/// public final class CurfewSite {
///   public static final MutableCallSite LOOP, ENTRY;     // point at an empty method
///   public static volatile boolean swings;               // whether they may be pointed elsewhere
///   public static volatile MethodHandle look;            // if not, they read this and call it
///   public static volatile Predicate<StackFrame> shields;
///   public static volatile Supplier<Map<String, Object>> summary;
///   public static void loop();                            // calls what LOOP points at
///   public static void entry();                           // calls what ENTRY points at
/// }
/// ```
///
/// Where the JVM does not strip-mine counted loops, to point a call site elsewhere would wait for
/// every loop that runs: there the two read a field, which keeps such loops from being vectorised.
///
/// It is generated, and lives in `java.lang`, because that package is seen by every class loader
/// and every module. Woven code calls the two methods by `invokestatic`, which class files of any
/// age can hold; only inside them is an `invokedynamic`. `docs/decisions/0012` has the reasons and
/// what was measured.
final class Site {

  static final ClassDesc NAME = ClassDesc.of("java.lang.CurfewSite");
  static final MethodTypeDesc CHECK = MethodTypeDesc.of(CD_void);
  static final String LOOP = "loop";
  static final String ENTRY = "entry";

  private static final ClassDesc MUTABLE_CALL_SITE =
      ClassDesc.of("java.lang.invoke.MutableCallSite");
  private static final String READ = "read";
  private static final String BOOTSTRAP = "bootstrap";
  private static final MethodTypeDesc BOOTSTRAP_TYPE =
      MethodTypeDesc.of(CD_CallSite, CD_MethodHandles_Lookup, CD_String, CD_MethodType);

  private Site() {}

  /// Defines the class if it is not there, links it, and hands the two fields over.
  ///
  /// Linked at once: a link that failed, because the stack was full as the first check ran, say,
  /// would fail for ever.
  static void open(
      Instrumentation instrumentation,
      Predicate<StackFrame> shields,
      Supplier<Map<String, Object>> summary) {
    try {
      Class<?> site = find();
      if (site == null) {
        site = define(instrumentation);
        chooseForm(site);
      }
      site.getMethod(LOOP).invoke(null);
      site.getMethod(ENTRY).invoke(null);
      site.getField("shields").set(null, shields);
      site.getField("summary").set(null, summary);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("java.lang.CurfewSite cannot be used: " + e, e);
    }
  }

  /// Before anything is woven, for afterwards it may be too late to swing.
  private static void chooseForm(Class<?> site) throws ReflectiveOperationException {
    boolean swings = Form.swings();
    site.getField("swings").setBoolean(null, swings);
    if (!swings) {
      MethodHandle read =
          MethodHandles.publicLookup().findStatic(site, READ, MethodType.methodType(void.class));
      ((MutableCallSite) site.getField("LOOP").get(null)).setTarget(read);
      ((MutableCallSite) site.getField("ENTRY").get(null)).setTarget(read);
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
              site.withField("LOOP", MUTABLE_CALL_SITE, constant);
              site.withField("ENTRY", MUTABLE_CALL_SITE, constant);
              site.withField("swings", CD_boolean, shared);
              site.withField("look", CD_MethodHandle, shared);
              site.withField("shields", ClassDesc.of(Predicate.class.getName()), shared);
              site.withField("summary", ClassDesc.of(Supplier.class.getName()), shared);
              site.withMethodBody(CLASS_INIT_NAME, CHECK, ClassFile.ACC_STATIC, Site::initialise);
              site.withMethodBody(BOOTSTRAP, BOOTSTRAP_TYPE, ClassFile.ACC_STATIC, Site::bootstrap);
              check(site, LOOP);
              check(site, ENTRY);
              site.withMethodBody(
                  READ, CHECK, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, Site::read);
            });
  }

  private static void check(ClassBuilder site, String name) {
    var target = MethodHandleDesc.ofMethod(Kind.STATIC, NAME, BOOTSTRAP, BOOTSTRAP_TYPE);
    site.withMethodBody(
        name,
        CHECK,
        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
        code -> code.invokedynamic(DynamicCallSiteDesc.of(target, name, CHECK)).return_());
  }

  /// `MethodHandle h = look; if (h != null) h.invokeExact();`
  private static void read(CodeBuilder code) {
    code.getstatic(NAME, "look", CD_MethodHandle)
        .astore(0)
        .aload(0)
        .ifThen(
            Opcode.IFNONNULL,
            set -> set.aload(0).invokevirtual(CD_MethodHandle, "invokeExact", CHECK))
        .return_();
  }

  private static void initialise(CodeBuilder code) {
    emptySite(code, "LOOP");
    emptySite(code, "ENTRY");
    code.return_();
  }

  /// `field = new MutableCallSite(MethodHandles.empty(MethodType.methodType(void.class)))`
  private static void emptySite(CodeBuilder code, String field) {
    code.new_(MUTABLE_CALL_SITE)
        .dup()
        .getstatic(ClassDesc.of("java.lang.Void"), "TYPE", CD_Class)
        .invokestatic(CD_MethodType, "methodType", MethodTypeDesc.of(CD_MethodType, CD_Class))
        .invokestatic(CD_MethodHandles, "empty", MethodTypeDesc.of(CD_MethodHandle, CD_MethodType))
        .invokespecial(MUTABLE_CALL_SITE, INIT_NAME, MethodTypeDesc.of(CD_void, CD_MethodHandle))
        .putstatic(NAME, field, MUTABLE_CALL_SITE);
  }

  /// `return name.equals("entry") ? ENTRY : LOOP`
  private static void bootstrap(CodeBuilder code) {
    code.aload(1)
        .loadConstant(ENTRY)
        .invokevirtual(CD_String, "equals", MethodTypeDesc.of(CD_boolean, CD_Object))
        .ifThenElse(
            entry -> entry.getstatic(NAME, "ENTRY", MUTABLE_CALL_SITE).areturn(),
            loop -> loop.getstatic(NAME, "LOOP", MUTABLE_CALL_SITE).areturn());
  }
}
