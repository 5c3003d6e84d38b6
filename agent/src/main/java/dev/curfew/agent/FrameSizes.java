// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// How much room the methods of a class file ask for: their operand stacks and local variables.
///
/// Who writes a class file anew finds that out from the code that can be reached. What names more,
/// such as the table of local variables or a frame of dead code, would then be refused by the JVM:
/// so woven methods keep what they had. A check needs none.
final class FrameSizes {

  private static final int BEFORE_CONSTANTS = 8;
  private static final byte[] CODE = "Code".getBytes(StandardCharsets.US_ASCII);

  private final ByteBuffer file;
  private int codeName;

  private FrameSizes(byte[] file) {
    this.file = ByteBuffer.wrap(file);
  }

  /// Gives the methods of a woven class as much room as they had.
  ///
  /// @param woven its class file, which is changed
  static void keep(byte[] woven, ClassModel original) {
    raise(woven, of(original, CodeAttribute::maxStack), of(original, CodeAttribute::maxLocals));
  }

  private static List<Integer> of(ClassModel model, Function<CodeAttribute, Integer> size) {
    return model.methods().stream()
        .map(method -> method.findAttribute(Attributes.code()).map(size).orElse(0))
        .toList();
  }

  /// Gives the methods of a class at least this much room.
  ///
  /// @param file its class file, which is changed
  /// @param stacks how much for operands, for each method in its order
  /// @param locals how much for local variables
  static void raise(byte[] file, List<Integer> stacks, List<Integer> locals) {
    new FrameSizes(file).raise(stacks, locals);
  }

  private void raise(List<Integer> stacks, List<Integer> locals) {
    file.position(BEFORE_CONSTANTS);
    readConstants();
    skip(3 * Short.BYTES); // flags, this, super
    skip(u2() * Short.BYTES); // interfaces
    for (int fields = u2(); fields > 0; fields--) {
      skip(3 * Short.BYTES);
      for (int rest = u2(); rest > 0; rest--) {
        skip(Short.BYTES);
        skip(file.getInt());
      }
    }
    int methods = u2();
    for (int i = 0; i < methods; i++) {
      skip(3 * Short.BYTES);
      for (int rest = u2(); rest > 0; rest--) {
        boolean code = u2() == codeName;
        int length = file.getInt();
        int end = file.position() + length;
        if (code) {
          raise(stacks.get(i));
          raise(locals.get(i));
        }
        file.position(end);
      }
    }
  }

  private void raise(int least) {
    int at = file.position();
    file.putShort(at, (short) Math.max(u2(), least));
  }

  private void readConstants() {
    int count = u2();
    for (int i = 1; i < count; i++) {
      int tag = file.get();
      switch (tag) {
        case 1 -> {
          byte[] text = new byte[u2()];
          file.get(text);
          codeName = Arrays.equals(text, CODE) ? i : codeName;
        }
        case 5, 6 -> { // a long or a double takes the room of two
          skip(Long.BYTES);
          i++;
        }
        case 7, 8, 16, 19, 20 -> skip(Short.BYTES);
        case 15 -> skip(Byte.BYTES + Short.BYTES);
        default -> skip(Integer.BYTES);
      }
    }
  }

  private int u2() {
    return Short.toUnsignedInt(file.getShort());
  }

  private void skip(int bytes) {
    file.position(file.position() + bytes);
  }
}
