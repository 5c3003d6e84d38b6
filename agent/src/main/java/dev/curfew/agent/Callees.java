// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.util.Set;

/// Methods of the JDK that call nothing back, so that no recursion leads through them.
final class Callees {

  /// All of whose methods are such, apart from those that ask their arguments.
  private static final Set<String> PLAIN =
      Set.of(
          "java/lang/Object",
          "java/lang/String",
          "java/lang/StringBuilder",
          "java/lang/StringBuffer",
          "java/lang/Math",
          "java/lang/StrictMath",
          "java/lang/System",
          "java/lang/Class",
          "java/lang/Enum",
          "java/lang/Record",
          "java/lang/Boolean",
          "java/lang/Character",
          "java/lang/Byte",
          "java/lang/Short",
          "java/lang/Integer",
          "java/lang/Long",
          "java/lang/Float",
          "java/lang/Double",
          "java/lang/Number",
          "java/util/Arrays",
          "java/util/BitSet");

  /// Those that call `toString` or the like on what they are given.
  private static final Set<String> ASKING =
      Set.of(
          "java/lang/String",
          "java/lang/StringBuilder",
          "java/lang/StringBuffer",
          "java/util/Arrays");

  /// What every object may be asked, by any code.
  private static final Set<String> ASKED_OF_ALL =
      Set.of("toString()Ljava/lang/String;", "equals(Ljava/lang/Object;)Z", "hashCode()I");

  private Callees() {}

  /// {@return whether a method may be called by code that knows nothing of its class}
  static boolean isAskedOfAll(String key) {
    return ASKED_OF_ALL.contains(key) || key.startsWith("compareTo(");
  }

  /// {@return whether such a call comes back to no other code of the program}
  static boolean isLeaf(String owner, String name, String descriptor) {
    if (owner.charAt(0) == '[') {
      return true; // clone of an array
    }
    if (!owner.startsWith("java/")) {
      return false;
    }
    if (PLAIN.contains(owner)) {
      return !asksArguments(owner, name, descriptor)
          && !(owner.equals("java/lang/Object") && isAskedOfAll(name + descriptor));
    }
    boolean exception = owner.endsWith("Exception") || owner.endsWith("Error");
    return (exception && name.equals("<init>"))
        || (owner.equals("java/util/Objects") && name.startsWith("requireNonNull"));
  }

  private static boolean asksArguments(String owner, String name, String descriptor) {
    return ASKING.contains(owner) && !name.equals("equals") && takesForeign(descriptor);
  }

  /// Whether an object goes in that may be of a class of the program.
  private static boolean takesForeign(String descriptor) {
    int end = descriptor.indexOf(')');
    int at = descriptor.indexOf('L');
    while (at >= 0 && at < end) {
      int stop = descriptor.indexOf(';', at);
      String type = descriptor.substring(at, stop + 1);
      if (!type.equals("Ljava/lang/String;") && !type.equals("Ljava/lang/Class;")) {
        return true;
      }
      at = descriptor.indexOf('L', stop);
    }
    return false;
  }
}
