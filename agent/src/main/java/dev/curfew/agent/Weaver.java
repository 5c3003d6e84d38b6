// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver.ClassHierarchyInfo;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Puts checks into class files: bytes in, bytes out; no files are read and no class is loaded.
///
/// Invariants
///
/// 1. A check takes nothing from the stack and leaves nothing, so frames, line numbers, tables of
///    variables and attributes that are not known stay as they are. Only what moves is rewritten.
/// 2. A check stands before every instruction that leads back, at every handler to which an
///    exception leads back, and at the entries that [Entries] chooses. In class initialisers there
///    is none: one that is stopped leaves its class unusable for ever.
/// 3. What is handed out has kept its shape: each method has grown by its checks and by nothing
///    else, so no jump has become another one and needs another frame. Where a check stands at
///    a handler the class is verified too, as that can part a frame from its instruction. Only the
///    shape can go wrong, not which class may stand for which; so the verifier is told that every
///    class is an interface, and nobody has to read class files through a loader, which might take
///    locks or come back.
/// 4. A method stays as it was if it would pass a size from which on the JVM treats it otherwise;
///    a class stays as it was if anything else goes wrong. Both are told.
///
/// Threads: none of its own, no state that changes, safe for all.
final class Weaver {

  /// The JVM does not compile longer ones.
  private static final int LARGEST_COMPILED = 8_000;

  /// In longer ones a jump may need another instruction, and that another frame.
  private static final int LONGEST_JUMP = 32_767;

  /// The first version whose code carries frames; only with those can it be verified here.
  private static final int FIRST_WITH_FRAMES = ClassFile.JAVA_6_VERSION;

  private static final ClassFile FORMAT =
      ClassFile.of(
          StackMapsOption.DROP_STACK_MAPS,
          ClassHierarchyResolverOption.of(_ -> ClassHierarchyInfo.ofInterface()));

  private final Predicate<String> woven;

  /// @param woven which classes are, by their name with slashes
  Weaver(Predicate<String> woven) {
    this.woven = woven;
  }

  /// {@return what becomes of a class}
  ///
  /// @param original its class file
  Woven weave(byte[] original) {
    List<String> failures = new ArrayList<>();
    ClassModel model = FORMAT.parse(original);
    List<Survey> surveys = model.methods().stream().flatMap(m -> Survey.of(m).stream()).toList();
    Map<MethodModel, Plan> plans = plan(model, surveys, failures);
    int checks = plans.values().stream().mapToInt(Plan::checks).sum();
    boolean hatch = plans.values().stream().anyMatch(Plan::hasHatch);
    if (checks == 0) {
      return new Woven(null, 0, false, Shields.of(model), failures);
    }
    try {
      byte[] bytes =
          FORMAT.transformClass(
              model,
              (out, element) -> {
                Plan plan = element instanceof MethodModel method ? plans.get(method) : null;
                if (plan == null) {
                  out.with(element);
                } else {
                  plan.apply(out);
                }
              });
      FrameSizes.keep(bytes, model);
      ClassModel result = FORMAT.parse(bytes);
      compare(model, result, plans);

      return new Woven(bytes, checks, hatch, Shields.of(result), failures);
    } catch (IllegalArgumentException | IllegalStateException e) {
      failures.add(String.valueOf(e.getMessage()));
      return new Woven(null, 0, false, Shields.of(model), failures);
    }
  }

  private Map<MethodModel, Plan> plan(
      ClassModel model, List<Survey> surveys, List<String> failures) {
    Entries entries = new Entries(model, surveys, woven);
    int door = Site.door(model.thisClass().asInternalName());
    Map<MethodModel, Plan> plans = new HashMap<>();
    for (Survey survey : surveys) {
      if (!survey.isClassInitialiser()) {
        Plan plan = new Plan(survey, entries.needs(survey), entries.isCalledBack(survey), door);
        if (plan.checks() > 0 && isTooLarge(plan)) {
          failures.add("%s would become too large".formatted(survey.key));
        } else if (plan.checks() > 0) {
          plans.put(survey.method, plan);
        }
      }
    }
    return plans;
  }

  private static boolean isTooLarge(Plan plan) {
    int before = plan.survey().code.codeLength();
    int after = before + plan.checks() * Plan.CHECK_SIZE;
    return after > LONGEST_JUMP || (before <= LARGEST_COMPILED && after > LARGEST_COMPILED);
  }

  private static void compare(ClassModel model, ClassModel result, Map<MethodModel, Plan> plans) {
    for (int i = 0; i < model.methods().size(); i++) {
      Plan plan = plans.get(model.methods().get(i));
      if (plan != null) {
        plan.compare(result.methods().get(i));
      }
    }
    if (plans.values().stream().anyMatch(Plan::isDelicate)) {
      verify(model, result);
    }
  }

  private static void verify(ClassModel original, ClassModel result) {
    if (result.majorVersion() < FIRST_WITH_FRAMES) {
      return;
    }
    List<VerifyError> errors = FORMAT.verify(result);
    if (!errors.isEmpty() && errors.size() > FORMAT.verify(original).size()) {
      String message = String.valueOf(errors.getFirst().getMessage());
      throw new IllegalStateException(
          "would not verify: " + message.lines().findFirst().orElse(message));
    }
  }
}
