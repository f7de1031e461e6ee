using Kalinka.Common.Text;

namespace Kalinka.Tests.Common.Text;

[TestFixture]
internal sealed class PrintableTests
{
    [TestCase("")]
    [TestCase("pump-1/ü/水/😀")]
    public void What_prints_stays_the_same_string(string text) => Assert.That(Printable.Of(text), Is.SameAs(text));

    [TestCase("a\nb", "a\\u000Ab")]
    [TestCase("\u001b[2J", "\\u001B[2J")]
    [TestCase("b1\0", "b1\\u0000")]
    [TestCase("\u202Eevil", "\\u202Eevil")]
    [TestCase("a\u2028b", "a\\u2028b")]
    [TestCase("\u009b31m", "\\u009B31m")]
    public void What_does_not_is_written_out(string text, string printable) =>
        Assert.That(Printable.Of(text), Is.EqualTo(printable));
}
