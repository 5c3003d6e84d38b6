// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Which classes are woven, as the agent's options say it:
/// `include=com.acme.**:org.foo.*,exclude=com.acme.gen.**`.
///
/// Never woven, whatever is asked for: Curfew itself, and the module `java.base`, of which only
/// `java.util.regex` can be asked for, by name. Classes of other modules of the JDK are meant only
/// by a pattern that begins with a package, so that `**` means the program and not the JDK.
///
/// @param include what is asked for
/// @param exclude what is left out of it
record Selection(List<NamePattern> include, List<NamePattern> exclude) {

  private static final String FORM = "write include=com.acme.**:org.foo.*,exclude=com.acme.gen.**";
  private static final String REGEX = "java.util.regex";

  /// Nothing at all.
  static final Selection NONE = new Selection(List.of(), List.of());

  Selection {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }

  /// {@return what the options ask for}
  ///
  /// @throws IllegalArgumentException with one line for the user
  static Selection parse(String options) {
    List<NamePattern> include = new ArrayList<>();
    List<NamePattern> exclude = new ArrayList<>();
    for (String option : options.split(",", -1)) {
      int sign = option.indexOf('=');
      String name = sign < 0 ? option : option.substring(0, sign);
      String patterns = sign < 0 ? "" : option.substring(sign + 1);
      List<NamePattern> into =
          switch (name) {
            case "include" -> include;
            case "exclude" -> exclude;
            default ->
                throw new IllegalArgumentException(
                    options.isEmpty()
                        ? "nothing is included: " + FORM
                        : "'%s' is not an option: %s".formatted(name, FORM));
          };
      for (String pattern : patterns.split(":", -1)) {
        into.add(pattern(name, pattern));
      }
    }
    if (include.isEmpty()) {
      throw new IllegalArgumentException("nothing is included: " + FORM);
    }
    include.forEach(Selection::refuseJavaBase);
    return new Selection(include, exclude);
  }

  private static NamePattern pattern(String option, String text) {
    try {
      return NamePattern.of(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s; %s".formatted(option, e.getMessage(), FORM), e);
    }
  }

  private static void refuseJavaBase(NamePattern pattern) {
    String literal = pattern.literal();
    Set<String> packages = Object.class.getModule().getPackages();
    boolean inside =
        packages.contains(literal)
            || (literal.contains(".")
                && packages.contains(literal.substring(0, literal.lastIndexOf('.'))));
    if (inside && !isRegex(pattern)) {
      throw new IllegalArgumentException(
          "include: %s is in java.base, which is never woven, apart from java.util.regex.**"
              .formatted(pattern));
    }
  }

  private static boolean isRegex(NamePattern pattern) {
    return pattern.literal().equals(REGEX) || pattern.literal().startsWith(REGEX + ".");
  }

  /// {@return both together}
  Selection plus(Selection more) {
    Set<NamePattern> included = new LinkedHashSet<>(include);
    Set<NamePattern> excluded = new LinkedHashSet<>(exclude);
    included.addAll(more.include);
    excluded.addAll(more.exclude);
    return new Selection(List.copyOf(included), List.copyOf(excluded));
  }

  /// {@return what the user may not expect of what was asked for}
  List<String> notes() {
    return include.stream()
        .filter(pattern -> pattern.literal().isEmpty() || pattern.literal().equals("java"))
        .map(pattern -> "%s does not include the classes of java.base".formatted(pattern))
        .toList();
  }

  /// {@return whether a class is to be woven}
  ///
  /// @param internal its name with slashes
  /// @param module the one it is in
  boolean covers(String internal, Module module) {
    for (NamePattern pattern : include) {
      if (pattern.matches(internal) && reaches(pattern, module)) {
        return isFree(internal);
      }
    }
    return false;
  }

  /// {@return the same, guessed from the name alone}
  boolean covers(String internal) {
    boolean jdk = internal.startsWith("java/");
    for (NamePattern pattern : include) {
      if (pattern.matches(internal) && (!jdk || isRegex(pattern))) {
        return isFree(internal);
      }
    }
    return false;
  }

  private static boolean reaches(NamePattern pattern, Module module) {
    if (module.equals(Object.class.getModule())) {
      return isRegex(pattern);
    }
    return !pattern.literal().isEmpty() || !isOfTheJdk(module);
  }

  private static boolean isOfTheJdk(Module module) {
    return module.isNamed()
        && (module.getName().startsWith("java.") || module.getName().startsWith("jdk."));
  }

  private boolean isFree(String internal) {
    if (internal.startsWith("dev/curfew/") || internal.equals("java/lang/CurfewSite")) {
      return false;
    }
    for (NamePattern pattern : exclude) {
      if (pattern.matches(internal)) {
        return false;
      }
    }
    return true;
  }
}
