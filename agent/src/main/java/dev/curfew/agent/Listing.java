// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The instructions of one method, one after the other, and the rows of its exception table.
///
/// Places are numbers of instructions here (first, second, …); indices are bytecode indices.
final class Listing {

  /// One row of an exception table, in indices.
  ///
  /// @param type the class that is caught, empty for any
  record Row(int start, int end, int handler, String type) {

    boolean covers(int index) {
      return start <= index && index < end;
    }
  }

  private final Jumps jumps;
  private final Instruction[] instructions;
  private final int[] indices;
  final List<Row> rows = new ArrayList<>();

  Listing(CodeAttribute code) {
    this.jumps = new Jumps(code);
    List<Instruction> found = new ArrayList<>();
    for (CodeElement element : code) {
      switch (element) {
        case Instruction instruction -> found.add(instruction);
        case ExceptionCatch row -> rows.add(row(row));
        default -> {}
      }
    }
    this.instructions = found.toArray(Instruction[]::new);
    this.indices = new int[instructions.length + 1];
    for (int i = 0; i < instructions.length; i++) {
      indices[i + 1] = indices[i] + instructions[i].sizeInBytes();
    }
  }

  private Row row(ExceptionCatch row) {
    return new Row(
        jumps.at(row.tryStart()),
        jumps.at(row.tryEnd()),
        jumps.at(row.handler()),
        row.catchType().map(type -> type.asInternalName()).orElse(""));
  }

  int size() {
    return instructions.length;
  }

  Instruction at(int place) {
    return instructions[place];
  }

  Opcode.Kind kind(int place) {
    return instructions[place].opcode().kind();
  }

  boolean is(int place, Opcode.Kind kind) {
    return place >= 0 && place < size() && kind(place).equals(kind);
  }

  /// {@return the index of an instruction, or for the place after the last one the code's length}
  int index(int place) {
    return indices[place];
  }

  /// {@return the place of the instruction at an index}
  int place(int index) {
    int found = Arrays.binarySearch(indices, index);
    return found < 0 ? size() : found;
  }

  /// {@return the least index that an instruction may jump to, or `Integer.MAX_VALUE`}
  int earliest(int place) {
    return jumps.earliest(instructions[place]);
  }

  /// {@return the greatest index that an instruction may jump to, or -1}
  int latest(int place) {
    return jumps.latest(instructions[place]);
  }

  /// {@return whether a check stands there that belongs to the instruction after it}
  boolean isLoopCheck(int place) {
    return place >= 0
        && instructions[place] instanceof InvokeInstruction call
        && call.owner().asInternalName().equals("java/lang/CurfewSite")
        && Site.isLoop(call.name().stringValue());
  }

  /// {@return whether two instructions do the same, apart from variables and targets}
  boolean areAlike(int place, int other) {
    return kind(place).equals(kind(other))
        && (!(instructions[place] instanceof InvokeInstruction one)
            || (instructions[other] instanceof InvokeInstruction two
                && one.method().equals(two.method())));
  }
}
