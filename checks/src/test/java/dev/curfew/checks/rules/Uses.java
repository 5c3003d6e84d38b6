// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.rules;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.function.Predicate;

/// Calls, method references and field accesses found in class files.
///
/// Lambda bodies count as their enclosing method, and method references as calls.
final class Uses {

  private Uses() {}

  /// {@return each forbidden use in words, with its place in the source}
  static List<String> in(
      JavaClasses classes, Predicate<JavaClass> where, Predicate<JavaAccess<?>> forbidden) {
    return classes.stream()
        .filter(where)
        .flatMap(each -> each.getAccessesFromSelf().stream())
        .filter(forbidden)
        .map(JavaAccess::getDescription)
        .sorted()
        .toList();
  }

  static Predicate<JavaAccess<?>> of(Class<?> owner, String... names) {
    return access ->
        access.getTargetOwner().isAssignableTo(owner) && List.of(names).contains(access.getName());
  }

  /// Without parameters: the forms that have no bound.
  static Predicate<JavaAccess<?>> bare(Class<?> owner, String... names) {
    return of(owner, names).and(Uses::withoutParameters);
  }

  private static boolean withoutParameters(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        && target.getRawParameterTypes().isEmpty();
  }
}
