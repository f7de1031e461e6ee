using System.Text;
using Kalinka.Common.Brokers;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Tests.Common.Brokers;

internal sealed class AnnouncementTests
{
    [Test]
    public void What_a_znode_says_is_read_and_what_is_unknown_left_aside()
    {
        var read = Parse("""{ "address": "mqtts://h:1", "partition": 3, "state": "retired", "probe": { "x": [] } }""");
        Assert.That(read, Is.EqualTo(new Announcement(new("h", 1, true), 3, true)));
        Assert.That(
            Parse("""{ "partition": null, "state": "new" }"""),
            Is.EqualTo(new Announcement(null, null, false))
        );
        Assert.That(Parse(""), Is.EqualTo(new Announcement(null, null, false)));
    }

    [TestCase("b1", "is no JSON")]
    [TestCase("{", "is no JSON")]
    [TestCase("\u00fe\u0000", "is no JSON")]
    [TestCase("[]", "is no JSON object")]
    [TestCase("""{ "adress": "mqtt://h:1883" }""", "has no 'address', but 'adress'", "did you mean address?")]
    [TestCase("""{ "partition": 3, "Address": "mqtt://h:1883" }""", "'Address'")]
    [TestCase("""{ "address": 1 }""", "'address' must be a text")]
    [TestCase("""{ "address": "h:1883" }""", "'address'", "mqtt://h:1883?")]
    [TestCase("""{ "address": "mqtt://u:p@h" }""", "credentials")]
    [TestCase("""{ "address": "mqtt://h\r\nfatal: x" }""", "control character")]
    [TestCase("""{ "address": "mqtt://a", "address": "mqtt://b" }""", "is no JSON")]
    [TestCase("""{ "address": "\ud800" }""", "is no JSON")]
    [TestCase("""{ "address": "mqtt://h", "partition": -1 }""", "'partition'")]
    [TestCase("""{ "address": "mqtt://h", "partition": 1e99 }""", "'partition'")]
    [TestCase("""{ "address": "mqtt://h", "state": {} }""", "'state' must be a text")]
    public void A_broken_znode_is_told(string text, params string[] problems)
    {
        Assert.That(Announcement.Parse(Encoding.UTF8.GetBytes(text), out var problem), Is.Null);
        foreach (var part in problems)
        {
            Assert.That(problem, Does.Contain(part));
        }

        Assert.That(problem.Any(char.IsControl), Is.False);
    }

    [Test]
    public void A_huge_znode_is_not_read()
    {
        var huge = Encoding.UTF8.GetBytes($$"""{ "address": "mqtt://h", "x": "{{new string('x', 70_000)}}" }""");
        Assert.That(Announcement.Parse(huge, out var problem), Is.Null);
        Assert.That(problem, Does.Contain("65536"));
        var deep = Encoding.UTF8.GetBytes(new string('[', 60_000));
        Assert.That(Announcement.Parse(deep, out _), Is.Null);
    }

    [Test]
    public void A_znode_that_became_unusable_keeps_what_it_said_and_is_told_once()
    {
        var announcements = new Announcements();
        var told = new List<string>();
        void Take(long change, params (string, string)[] znodes) =>
            announcements.Take(
                znodes.Select(each => (each.Item1, new Znode(Encoding.UTF8.GetBytes(each.Item2), Changed(change)))),
                (path, problem) => told.Add($"{path}: {problem}")
            );

        Take(1, ("b1", """{ "address": "mqtt://h" }"""));
        Take(2, ("b1", "garbage"), ("b 2", """{ "address": "mqtt://h" }"""));
        Take(2, ("b1", "garbage"), ("b 2", """{ "address": "mqtt://h" }"""));
        Assert.That(announcements.Known.Keys, Is.EqualTo(new[] { "b1" }));
        Assert.That(announcements.Known["b1"].Address!.Host, Is.EqualTo("h"));
        Assert.That(told, Has.Count.EqualTo(2));
        Assert.That(told[0], Does.StartWith("/brokers/b1: is no JSON").And.EndWith("still counts"));
        Assert.That(told[1], Does.StartWith("/brokers/b 2: is no name"));

        Take(3, ("b1", "other garbage"));
        Assert.That(told, Has.Count.EqualTo(3));
        Take(4);
        Assert.That(announcements.Known, Is.Empty);
    }

    private static Stat Changed(long mzxid) => new(0, mzxid, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static Announcement Parse(string text) =>
        Announcement.Parse(Encoding.UTF8.GetBytes(text), out var problem) ?? throw new AssertionException(problem);
}
