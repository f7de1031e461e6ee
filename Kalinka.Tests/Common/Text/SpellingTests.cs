using Kalinka.Common.Text;

namespace Kalinka.Tests.Common.Text;

internal sealed class SpellingTests
{
    [TestCase("Adress", "; did you mean Address?")]
    [TestCase("ADDRESS", "; did you mean Address?")]
    [TestCase("Tsl", "; did you mean Tls?")]
    [TestCase("Passwort", "; did you mean Password?")]
    [TestCase("Broker", "")]
    public void A_word_is_suggested_when_it_is_near(string word, string expected) =>
        Assert.That(Spelling.Suggest(word, ["Name", "Address", "Password", "Tls"]), Is.EqualTo(expected));

    [TestCase("", "abc", 3)]
    [TestCase("abc", "abc", 0)]
    [TestCase("abc", "acb", 1)]
    [TestCase("kitten", "sitting", 3)]
    public void Distance_counts_insertions_deletions_substitutions_and_swaps(string left, string right, int expected) =>
        Assert.That(Spelling.Distance(left, right), Is.EqualTo(expected));
}
