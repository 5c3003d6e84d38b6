// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Which types a user of the library meets: ours and the JDK's, no third party's.
final class SignatureRules {

  private SignatureRules() {}

  /// {@return the foreign types in public signatures, each with the place}
  ///
  /// @param exported packages that users see
  /// @param allowed beginnings of package names
  static List<String> foreignTypes(JavaClasses classes, Set<String> exported, Set<String> allowed) {
    List<String> found = new ArrayList<>();
    for (JavaClass each : visible(classes, exported)) {
      for (JavaClass type : foreign(parents(each), allowed)) {
        found.add("%s extends or implements %s".formatted(each.getName(), type.getName()));
      }
      for (JavaMember member : each.getMembers()) {
        if (isVisible(member.getModifiers())) {
          for (JavaClass type : foreign(types(member), allowed)) {
            found.add("%s mentions %s".formatted(member.getFullName(), type.getName()));
          }
        }
      }
    }
    return found;
  }

  static List<JavaClass> visible(JavaClasses classes, Set<String> exported) {
    return classes.stream()
        .filter(each -> exported.contains(each.getPackageName()))
        .filter(SignatureRules::isVisible)
        .toList();
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(SignatureRules::isVisible).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaType> parents(JavaClass type) {
    return Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
  }

  private static Stream<JavaType> types(JavaMember member) {
    if (member instanceof JavaCodeUnit unit) {
      return Stream.of(
              Stream.of(unit.getReturnType()),
              unit.getParameterTypes().stream(),
              unit.getExceptionTypes().stream().map(JavaType.class::cast),
              unit.getTypeParameters().stream().map(JavaTypeVariable::toErasure))
          .flatMap(types -> types);
    }
    return member.getAllInvolvedRawTypes().stream().map(JavaType.class::cast);
  }

  private static List<JavaClass> foreign(Stream<JavaType> types, Set<String> allowed) {
    return types
        .flatMap(type -> type.getAllInvolvedRawTypes().stream())
        .map(JavaClass::getBaseComponentType)
        .filter(type -> !type.isPrimitive())
        .filter(type -> allowed.stream().noneMatch((type.getPackageName() + ".")::startsWith))
        .distinct()
        .toList();
  }
}
