// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Chooses the methods of one class that get a check at their entry, as few as will do.
///
/// Loops have checks of their own. At an entry one is needed for two things: recursion, and loops
/// of code that is not woven and calls back.
///
/// Invariants
///
/// 1. On every cycle of calls among woven methods lies a check. Methods are put in an order that
///    depends on name and descriptor alone, which a method shares with what overrides it; one gets
///    a check if it calls one that does not come after it. No cycle can go up all the way. Any
///    order would do; with short names last fewest methods need one, as those tend to be called
///    most.
/// 2. What code that is not woven may call gets a check if it calls anything that may lead on, so
///    that a cycle or a loop through such code meets one where it comes back: methods that
///    are referred to, those of a class that has a parent which is not woven, and those that every
///    object has. A lambda gets one always.
/// 3. Well-known methods of the JDK that call nothing back lead nowhere, nor do methods of the same
///    class that nobody overrides and that call only such.
final class Entries {

  private static final Set<String> QUIET_PARENTS =
      Set.of(
          "java/lang/Object",
          "java/lang/Enum",
          "java/lang/Record",
          "java/lang/Cloneable",
          "java/lang/Comparable",
          "java/io/Serializable");

  private static final Set<String> QUIET_BOOTSTRAPS =
      Set.of("java/lang/invoke/LambdaMetafactory", "java/lang/runtime/SwitchBootstraps");

  private final String self;
  private final Predicate<String> woven;
  private final boolean foreignParent;
  private final boolean functional;
  private final Map<String, Survey> own = new HashMap<>();
  private final Set<String> referredTo = new HashSet<>();
  private final Map<String, Boolean> leaves = new HashMap<>();

  /// @param woven which classes are, by their name with slashes
  Entries(ClassModel model, List<Survey> surveys, Predicate<String> woven) {
    this.self = model.thisClass().asInternalName();
    this.woven = woven;
    this.foreignParent =
        model.superclass().map(this::isForeign).orElse(false)
            || model.interfaces().stream().anyMatch(this::isForeign);
    this.functional =
        model.interfaces().stream()
            .anyMatch(parent -> parent.asInternalName().startsWith("java/util/function/"));
    for (Survey survey : surveys) {
      own.put(survey.key, survey);
      survey.dynamicCalls.forEach(this::noteReferences);
    }
  }

  private boolean isForeign(ClassEntry parent) {
    String name = parent.asInternalName();
    return !QUIET_PARENTS.contains(name) && !woven.test(name);
  }

  private void noteReferences(InvokeDynamicInstruction call) {
    for (LoadableConstantEntry argument : call.invokedynamic().bootstrap().arguments()) {
      if (argument instanceof MethodHandleEntry handle
          && handle.reference().owner().asInternalName().equals(self)) {
        referredTo.add(
            handle.reference().name().stringValue() + handle.reference().type().stringValue());
      }
    }
  }

  /// {@return whether a method gets a check at its entry}
  boolean needs(Survey survey) {
    if (survey.isClassInitialiser()
        || Survey.isShielded(survey.method)
        || survey.is(ClassFile.ACC_BRIDGE)) {
      return false;
    }
    if (survey.isLambda()) {
      return true;
    }
    boolean fromOutside = isCalledFromOutside(survey);
    if (fromOutside && !survey.dynamicCalls.stream().allMatch(this::isQuiet)) {
      return true;
    }
    for (InvokeInstruction call : survey.calls) {
      if (leadsOn(survey, call) && (fromOutside || goesDown(survey, call))) {
        return true;
      }
    }
    return false;
  }

  /// {@return whether it is the body of a loop of other code, such as a stream's}
  boolean isCalledBack(Survey survey) {
    return survey.isLambda() || functional || referredTo.contains(survey.key);
  }

  private boolean isCalledFromOutside(Survey survey) {
    return referredTo.contains(survey.key)
        || Callees.isAskedOfAll(survey.key)
        || (foreignParent
            && !survey.is(ClassFile.ACC_STATIC | ClassFile.ACC_PRIVATE)
            && !survey.isConstructor());
  }

  private boolean leadsOn(Survey caller, InvokeInstruction call) {
    String owner = call.owner().asInternalName();
    String name = call.name().stringValue();
    String descriptor = call.type().stringValue();
    if (Callees.isLeaf(owner, name, descriptor)) {
      return false;
    }
    if (name.equals("<init>") && caller.isConstructor() && !caller.made.contains(owner)) {
      return false; // this(…) or super(…)
    }
    return !owner.equals(self) || !isLeaf(name + descriptor);
  }

  private boolean goesDown(Survey caller, InvokeInstruction call) {
    if (!woven.test(call.owner().asInternalName())) {
      return false;
    }
    boolean constructor = call.name().equalsString("<init>");
    if (constructor != caller.isConstructor()) {
      return !constructor; // these come last: else whoever makes an object would have a check
    }
    String name = call.name().stringValue();
    int longer = name.length() - caller.method.methodName().length();
    return longer == 0 ? (name + call.type().stringValue()).compareTo(caller.key) <= 0 : longer > 0;
  }

  /// Whether a method of this class, that nobody overrides, leads nowhere.
  private boolean isLeaf(String key) {
    Boolean known = leaves.get(key);
    if (known != null) {
      return known;
    }
    Survey survey = own.get(key);
    if (survey == null
        || !survey.is(ClassFile.ACC_STATIC | ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL)
        || survey.is(ClassFile.ACC_NATIVE)) {
      return false;
    }
    leaves.put(key, false); // for those that come back to it
    boolean leaf =
        survey.dynamicCalls.stream().allMatch(this::isQuiet)
            && survey.calls.stream().noneMatch(call -> leadsOn(survey, call));
    leaves.put(key, leaf);
    return leaf;
  }

  private boolean isQuiet(InvokeDynamicInstruction call) {
    String bootstrap = call.bootstrapMethod().owner().descriptorString();
    String owner = bootstrap.substring(1, bootstrap.length() - 1);
    return QUIET_BOOTSTRAPS.contains(owner)
        || (owner.equals("java/lang/invoke/StringConcatFactory")
            && Callees.isLeaf("java/lang/String", "concat", call.type().stringValue()));
  }
}
