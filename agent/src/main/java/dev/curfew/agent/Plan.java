// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.LabelTarget;

/// Where one method gets its checks.
///
/// @param entry whether one stands at its entry
/// @param calledBack whether a loop of code that is not woven may call it
/// @param door what they are behind
record Plan(Survey survey, boolean entry, boolean calledBack, int door) {

  /// How many bytes a check takes.
  static final int CHECK_SIZE = 3;

  /// How many bytes stand before the table of a switch at most, so that it begins at a fourth one.
  private static final int LARGEST_PADDING = 3;

  /// The JIT puts methods of up to this size into whatever calls them, hot or not.
  private static final int SMALL = 35;

  /// Beside the work of a method that is larger than this, to read a field is nothing; and hardly
  /// any code is at work for long without entering one.
  private static final int LARGE = 150;

  int checks() {
    return (entry ? 1 : 0) + survey.backEdges + survey.handlersBefore.size();
  }

  /// Whether its entry has a check that reads a field. Out of a loop that is not woven, the JIT may
  /// move such a read.
  boolean hasHatch() {
    return entry && !calledBack && survey.code.codeLength() > LARGE;
  }

  private String entryCheck() {
    if (hasHatch()) {
      return Site.hatch(door);
    }
    return Site.entry(survey.code.codeLength() <= SMALL ? Site.small(door) : door);
  }

  /// Adds the method with its checks to a class.
  void apply(ClassBuilder out) {
    out.transformMethod(
        survey.method,
        (method, element) -> {
          if (element instanceof CodeModel code) {
            method.transformCode(code, new Insertion(this));
          } else {
            method.with(element);
          }
        });
  }

  /// Whether a check comes between a label and what it was for.
  boolean isDelicate() {
    return !survey.handlersBefore.isEmpty();
  }

  /// Makes sure that nothing but the checks has come to the method.
  ///
  /// @throws IllegalStateException if something has
  void compare(MethodModel woven) {
    int after = woven.findAttribute(Attributes.code()).map(CodeAttribute::codeLength).orElse(0);
    int grown = after - survey.code.codeLength() - checks() * CHECK_SIZE;
    int shared = survey.handlersBefore.size() * CHECK_SIZE; // one that begins with a jump back
    int padding = survey.switches * LARGEST_PADDING;
    if (grown > padding || grown < -padding - shared) {
      throw new IllegalStateException(survey.key + " would grow by more than its checks");
    }
  }

  /// Copies the code and puts the checks in. For one use.
  private static final class Insertion implements CodeTransform {

    private final Plan plan;
    private final String loop;
    private int index; // in the original code
    private boolean due;

    Insertion(Plan plan) {
      this.plan = plan;
      this.loop = Site.loop(plan.door);
    }

    @Override
    public void atStart(CodeBuilder out) {
      if (plan.entry) {
        if (plan.survey.firstLine > 0) {
          out.lineNumber(plan.survey.firstLine); // else the check would be on none
        }
        out.invokestatic(Site.NAME, plan.entryCheck(), Site.CHECK);
      }
    }

    @Override
    public void accept(CodeBuilder out, CodeElement element) {
      switch (element) {
        case StackMapTableAttribute _ -> {} // comes at the end, as it was
        case LabelTarget target -> {
          due |= plan.survey.handlersBefore.contains(target.label());
          out.with(element);
        }
        case Instruction instruction -> {
          if (due || plan.survey.jumps.leadsBack(instruction, index)) {
            out.invokestatic(Site.NAME, loop, Site.CHECK);
          }
          due = false;
          index += instruction.sizeInBytes();
          out.with(element);
        }
        default -> out.with(element);
      }
    }

    @Override
    public void atEnd(CodeBuilder out) {
      if (plan.survey.frames != null) {
        out.with(StackMapTableAttribute.of(plan.survey.frames.entries()));
      }
    }
  }
}
