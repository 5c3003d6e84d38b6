// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/// The code of a class in which a stop is to be held back, as [Woven#shielded] has it.
///
/// Methods are told apart by name alone, as a frame of the stack knows no more without loading
/// classes. Of two with the same name one may so be held back for nothing, which only takes time.
final class Shields {

  private static final char[] NOTHING = {};
  private static final char[] EVERYTHING = {0, Character.MAX_VALUE};

  private Shields() {}

  static Map<String, char[]> of(ClassModel model) {
    boolean old = model.majorVersion() < ClassFile.JAVA_7_VERSION; // may have subroutines
    boolean thorough = old || callsClose(model);
    Map<String, char[]> found = new HashMap<>();
    for (MethodModel method : model.methods()) {
      char[] ranges =
          Survey.isShielded(method)
              ? EVERYTHING
              : method.findAttribute(Attributes.code()).map(c -> of(c, thorough)).orElse(NOTHING);
      if (ranges.length > 0) {
        found.merge(method.methodName().stringValue(), ranges, Shields::both);
      }
    }
    return Map.copyOf(found);
  }

  private static char[] of(CodeAttribute code, boolean thorough) {
    return thorough || !code.exceptionHandlers().isEmpty()
        ? CleanUp.ranges(new Listing(code))
        : NOTHING;
  }

  private static char[] both(char[] some, char[] more) {
    char[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static boolean callsClose(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .anyMatch(
            entry ->
                entry instanceof MemberRefEntry member
                    && member.name().equalsString("close")
                    && member.type().equalsString("()V"));
  }
}
