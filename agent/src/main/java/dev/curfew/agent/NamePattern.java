// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

/// Which class names a pattern stands for: `com.acme.Main`, `com.acme.*` (the classes of that
/// package), `com.acme.**` (those below it too). A star stands for one segment or for a part of
/// one, two stars for any number of segments, and none of it matches across what it is not.
///
/// A pattern for a class stands for its nested classes too.
///
/// @param text as the user wrote it
record NamePattern(String text) {

  /// {@return the pattern}
  ///
  /// @throws IllegalArgumentException with one line for the user
  static NamePattern of(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("a pattern is empty");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '*' && c != '.' && !Character.isJavaIdentifierPart(c)) {
        throw new IllegalArgumentException(
            "'%s' is not a pattern of class names: '%c' cannot stand in one".formatted(text, c));
      }
    }
    if (text.startsWith(".") || text.endsWith(".") || text.contains("..")) {
      throw new IllegalArgumentException(
          "'%s' is not a pattern of class names: write it like com.acme.** or com.acme.Main"
              .formatted(text));
    }
    return new NamePattern(text);
  }

  /// {@return what stands before the first star, without the dot}
  String literal() {
    int star = text.indexOf('*');
    if (star < 0) {
      return text;
    }
    int dot = text.lastIndexOf('.', star);
    return dot < 0 ? "" : text.substring(0, dot);
  }

  /// {@return whether a class is meant}
  ///
  /// @param internal its name in the class file's form, with slashes
  boolean matches(String internal) {
    return matches(0, internal, 0);
  }

  // Called for every class of the JVM, also while the JDK's own are loaded: so no regular
  // expression.
  private boolean matches(int at, String name, int from) {
    int p = at;
    int n = from;
    while (p < text.length()) {
      char c = text.charAt(p);
      if (c == '*') {
        boolean any = p + 1 < text.length() && text.charAt(p + 1) == '*';
        return matchesStar(p + (any ? 2 : 1), name, n, any);
      }
      if (n == name.length() || (c == '.' ? '/' : c) != name.charAt(n)) {
        return false;
      }
      p++;
      n++;
    }
    return n == name.length() || name.charAt(n) == '$';
  }

  private boolean matchesStar(int rest, String name, int from, boolean any) {
    for (int n = from; ; n++) {
      if (matches(rest, name, n)) {
        return true;
      }
      if (n == name.length() || (!any && name.charAt(n) == '/')) {
        return false;
      }
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
