using FsCheck;
using FsCheck.Fluent;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Tests.Common.Directory;

internal sealed class ZnodeNameTests
{
    [TestCase("sensor-1", "sensor-1")]
    [TestCase("é ü 日本", "é ü 日本")]
    [TestCase("a/b", "a%2Fb")]
    [TestCase("100%", "100%25")]
    [TestCase("%2F", "%252F")]
    [TestCase("\0\u001f\u007f\u009f", "%00%1F%7F%C2%9F")]
    [TestCase("\ue000\uf8ff\ufff0\ufffd", "%EE%80%80%EF%A3%BF%EF%BF%B0%EF%BF%BD")]
    [TestCase("😀", "%F0%9F%98%80")]
    [TestCase(".", "%2E")]
    [TestCase("..", "%2E%2E")]
    [TestCase("...", "...")]
    [TestCase("zookeeper", "%7Aookeeper")]
    [TestCase("zookeeper2", "zookeeper2")]
    public void What_a_name_cannot_hold_is_percent_encoded(string clientId, string name)
    {
        Assert.That(ZnodeName.Encode(clientId), Is.EqualTo(name));
        Assert.That(ZnodeName.TryDecode(name, out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(clientId));
    }

    [TestCase("%")]
    [TestCase("a%2")]
    [TestCase("%zz")]
    [TestCase("%FF")]
    [TestCase("%+1")]
    public void A_name_that_nobody_encoded_is_no_clients(string name) =>
        Assert.That(ZnodeName.TryDecode(name, out _), Is.False);

    [Test]
    public void Every_text_makes_a_legal_name_that_leads_back()
    {
        Prop.ForAll(
                Text(),
                text =>
                    ZnodePath.Fault("/" + ZnodeName.Encode(text)) is null
                    && ZnodeName.TryDecode(ZnodeName.Encode(text), out var back)
                    && back == text
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static Arbitrary<string> Text() =>
        Gen.OneOf(
                Gen.Choose(1, 0xd7ff),
                Gen.Choose(0xe000, 0x10ffff),
                Gen.Elements('/', '%', '.', 0x7f, 0x1f),
                Gen.Choose('0', '9')
            )
            .Select(value => new System.Text.Rune(value).ToString())
            .NonEmptyListOf()
            .Select(string.Concat)
            .ToArbitrary();
}
