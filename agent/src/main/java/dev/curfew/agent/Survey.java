// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one method of a class does, as far as checks are concerned.
final class Survey {

  final MethodModel method;

  /// Name and descriptor.
  final String key;

  final CodeAttribute code;
  final Jumps jumps;

  /// Its frames, read before the labels are: else those that only a frame uses are missing.
  final @Nullable StackMapTableAttribute frames;

  /// The first line of source that it knows of, 0 if it knows of none.
  int firstLine;

  /// How many instructions lead back.
  int backEdges;

  /// How many switches it has.
  int switches;

  /// Handlers to which an exception leads back.
  final Set<Label> handlersBefore = new HashSet<>();

  final List<InvokeInstruction> calls = new ArrayList<>();
  final List<InvokeDynamicInstruction> dynamicCalls = new ArrayList<>();

  /// The classes of which it makes objects.
  final Set<String> made = new HashSet<>();

  private Survey(MethodModel method, CodeAttribute code) {
    this.method = method;
    this.code = code;
    this.key = key(method);
    this.jumps = new Jumps(code);
    this.frames = code.findAttribute(Attributes.stackMapTable()).orElse(null);
    if (frames != null) {
      frames.entries();
    }
  }

  /// {@return what a method does; nothing if it has no code}
  static Optional<Survey> of(MethodModel method) {
    return method
        .findAttribute(Attributes.code())
        .map(
            code -> {
              Survey survey = new Survey(method, code);
              survey.read();
              return survey;
            });
  }

  private void read() {
    int index = 0;
    for (CodeElement element : code) {
      switch (element) {
        case ExceptionCatch row -> {
          if (jumps.leadsBack(row)) {
            handlersBefore.add(row.handler());
          }
        }
        case LineNumber line -> firstLine = firstLine == 0 ? line.line() : firstLine;
        case Instruction instruction -> {
          note(instruction, index);
          index += instruction.sizeInBytes();
        }
        default -> {}
      }
    }
  }

  private void note(Instruction instruction, int index) {
    switch (instruction) {
      case InvokeInstruction call -> calls.add(call);
      case InvokeDynamicInstruction call -> dynamicCalls.add(call);
      case NewObjectInstruction made -> this.made.add(made.className().asInternalName());
      default -> {
        if (instruction.opcode().kind().equals(Opcode.Kind.TABLE_SWITCH)
            || instruction.opcode().kind().equals(Opcode.Kind.LOOKUP_SWITCH)) {
          switches++;
        }
        if (jumps.leadsBack(instruction, index)) {
          backEdges++;
        }
      }
    }
  }

  boolean is(int flag) {
    return (method.flags().flagsMask() & flag) != 0;
  }

  boolean isClassInitialiser() {
    return method.methodName().equalsString("<clinit>");
  }

  boolean isConstructor() {
    return method.methodName().equalsString("<init>");
  }

  /// {@return the name and descriptor of a method}
  static String key(MethodModel method) {
    return method.methodName().stringValue() + method.methodType().stringValue();
  }

  /// {@return whether a stop is held back in the whole of a method}
  static boolean isShielded(MethodModel method) {
    return (method.flags().flagsMask() & ClassFile.ACC_SYNCHRONIZED) != 0
        || key(method).equals("close()V");
  }

  boolean isLambda() {
    return is(ClassFile.ACC_SYNTHETIC) && method.methodName().stringValue().startsWith("lambda$");
  }
}
