#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cpp_reader.py must see, and what must not confuse it."""

import unittest

import check_shape
import cpp_reader


def read(text):
    return cpp_reader.functions(cpp_reader.blank(text))


def problems(path, text):
    return [p.text for p in check_shape.check_file(path, text)]


class FunctionsTest(unittest.TestCase):

    def test_measures_from_the_head_to_the_closing_brace(self):
        (f,) = read("namespace a {\nint F(int x,\n      int y) {\n"
                    "  return x;\n}\n}  // namespace\n")
        self.assertEqual((f.name, f.line, f.lines, f.parameters),
                         ("F", 2, 4, 2))

    def test_counts_blocks_and_lambdas_as_nesting_but_no_initialisers(self):
        (f,) = read("void F() {\n  for (;;) {\n    if (a) {\n"
                    "      Post([this] {\n        while (b) { c = {1, 2}; }\n"
                    "      });\n    }\n  }\n}\n")
        self.assertEqual(f.nesting, 4)

    def test_else_and_switch_count_and_a_bare_scope_does_not(self):
        (f,) = read("void F() {\n  switch (x) {\n    case 1: {\n"
                    "      { y(); }\n    }\n  }\n  if (a) {\n  } else {\n"
                    "    if (b) { c(); }\n  }\n}\n")
        self.assertEqual(f.nesting, 2)

    def test_sees_constructors_with_braced_members(self):
        fs = read("A::A(int x, int y)\n    : a_{x}, b_(y), c_{} {\n  Run();\n"
                  "}\nint G() const { return 1; }\n")
        self.assertEqual([(f.name, f.lines, f.parameters) for f in fs],
                         [("A::A", 4, 2), ("G", 1, 0)])

    def test_sees_methods_in_classes_after_members_with_values(self):
        fs = read("class A : public B {\n public:\n  int F() { return x_; }\n"
                  " private:\n  int x_{1};\n  std::map<int, int> m_ = {{1, 2}};"
                  "\n  void G() override {}\n};\n")
        self.assertEqual([f.name for f in fs], ["F", "G"])

    def test_is_not_confused_by_braces_in_strings_and_comments(self):
        fs = read('int F() {\n  // }\n  Say("}{", \'}\', R"(}})");\n'
                  "  return 1\'000;\n}\nint G() { return 2; }\n")
        self.assertEqual([(f.name, f.lines) for f in fs], [("F", 5), ("G", 1)])

    def test_commas_in_template_arguments_are_no_parameters(self):
        (f,) = read("void F(std::map<int, int> m, std::function<void(int, int)>"
                    " f = {}) {\n}\n")
        self.assertEqual(f.parameters, 2)

    def test_sees_gtest_bodies_and_trailing_return_types(self):
        fs = read("TEST(PickerTest, PrefersTheFaster) {\n  A();\n}\n"
                  "auto F() -> std::vector<int> {\n  return {};\n}\n")
        self.assertEqual([f.lines for f in fs], [3, 3])


class ShapeTest(unittest.TestCase):

    def test_finds_a_function_one_line_too_long(self):
        head = "// " + check_shape.SPDX + "\n#pragma once\n// " + "why " * 30
        body = "\nint F() {\n" + "  A();\n" * 69 + "}\n"
        self.assertIn("F: 71 lines, at most 70", problems("a/b.h", head + body))
        short = body.replace("  A();\n", "", 1)
        self.assertNotIn("F:", "".join(problems("a/b.h", head + short)))

    def test_finds_sleeping_tests_and_long_lines(self):
        found = problems("tests/a_test.cc", "// " + check_shape.SPDX +
                         "\nTEST(A, B) { std::this_thread::sleep_for(x); }\n" +
                         "int x = " + "1" * 80 + ";\n")
        self.assertIn("a test does not sleep", found)
        self.assertIn("89 columns", found)


if __name__ == "__main__":
    unittest.main()
