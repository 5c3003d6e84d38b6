// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.DiscontinuedInstruction.JsrInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.List;

/// Where the instructions of one method lead.
///
/// @param code the method's; labels and indices are those of this code
record Jumps(CodeAttribute code) {

  /// {@return the least index that an instruction may jump to, or `Integer.MAX_VALUE`}
  int earliest(Instruction instruction) {
    return switch (instruction) {
      case BranchInstruction branch -> at(branch.target());
      case JsrInstruction call -> at(call.target());
      case TableSwitchInstruction s -> earliest(s.defaultTarget(), s.cases());
      case LookupSwitchInstruction s -> earliest(s.defaultTarget(), s.cases());
      default -> Integer.MAX_VALUE;
    };
  }

  private int earliest(Label otherwise, List<SwitchCase> cases) {
    int least = at(otherwise);
    for (SwitchCase each : cases) {
      least = Math.min(least, at(each.target()));
    }
    return least;
  }

  /// {@return the greatest index that an instruction may jump to, or -1}
  int latest(Instruction instruction) {
    return switch (instruction) {
      case BranchInstruction branch -> at(branch.target());
      case TableSwitchInstruction s -> latest(s.defaultTarget(), s.cases());
      case LookupSwitchInstruction s -> latest(s.defaultTarget(), s.cases());
      default -> -1;
    };
  }

  private int latest(Label otherwise, List<SwitchCase> cases) {
    int greatest = at(otherwise);
    for (SwitchCase each : cases) {
      greatest = Math.max(greatest, at(each.target()));
    }
    return greatest;
  }

  /// {@return whether an instruction may lead to itself or to one before it}
  ///
  /// @param index of the instruction
  boolean leadsBack(Instruction instruction, int index) {
    return earliest(instruction) <= index;
  }

  /// {@return whether an exception may lead to where the code has been before}
  ///
  /// Compilers let a handler of type any cover its own first instructions, which never throw.
  boolean leadsBack(ExceptionCatch row) {
    int handler = at(row.handler());
    return handler < at(row.tryEnd())
        && (handler != at(row.tryStart()) || row.catchType().isPresent());
  }

  int at(Label label) {
    return code.labelToBci(label);
  }
}
