using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

internal sealed class ClientPathTests
{
    // The shards are the low bytes of what Kafka's own tests say of murmur2 for these texts.
    [TestCase("21", unchecked((byte)-973932308))]
    [TestCase("foobar", unchecked((byte)-790332482))]
    [TestCase("a-little-bit-long-string", unchecked((byte)-985981536))]
    [TestCase("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", unchecked((byte)-58897971))]
    public void A_client_has_its_znode_in_the_shard_of_its_murmur2(string clientId, byte shard)
    {
        Assert.That(
            Map(new ClientPath("/clients", shards: true), clientId),
            Is.EqualTo($"/clients/{shard:x2}/{clientId}")
        );
    }

    [TestCase("/clients", "/clients/a%2Fb")]
    [TestCase("/", "/a%2Fb")]
    public void Without_shards_the_znodes_are_right_below_the_root(string root, string path)
    {
        var paths = new ClientPath(root, shards: false);
        Assert.That(Map(paths, "a/b"), Is.EqualTo(path));
        Assert.That(paths.ClientOf(path), Is.EqualTo("a/b"));
    }

    [TestCase("/clients/be/foobar", "foobar")]
    [TestCase("/clients/be/a%2Fb", "a/b")]
    [TestCase("/clients/be", null)]
    [TestCase("/clients", null)]
    [TestCase("/clients/foobar/x", null)]
    [TestCase("/clients/be/foobar/x", null)]
    [TestCase("/brokers/be/foobar", null)]
    [TestCase("/clients/be/%", null)]
    public void A_path_leads_back_to_its_client(string path, string? clientId) =>
        Assert.That(new ClientPath("/clients", shards: true).ClientOf(path), Is.EqualTo(clientId));

    [TestCase("/clients/be/foobar", null)]
    [TestCase("/clients/38/foobar", "/clients/be/foobar", Description = "another client's shard")]
    [TestCase("/clients/be/fo%6fbar", "/clients/be/foobar", Description = "needlessly encoded")]
    [TestCase("/clients/be", null)]
    [TestCase("/clients/be/%", null)]
    public void A_znode_at_the_wrong_place_is_told_from_the_right_one(string path, string? right) =>
        Assert.That(MisplacedFrom(new ClientPath("/clients", shards: true), path), Is.EqualTo(right));

    [Test]
    public void Lower_case_digits_are_another_spelling()
    {
        var paths = new ClientPath("/clients", shards: false);
        Assert.That(MisplacedFrom(paths, "/clients/a%2fb"), Is.EqualTo("/clients/a%2Fb"));
        Assert.That(MisplacedFrom(paths, "/clients/a%2Fb"), Is.Null);
    }

    [Test]
    public void An_id_that_no_znode_can_stand_for_is_rejected_with_the_reason()
    {
        Assert.That(Rejection(""u8), Is.EqualTo("the client id is empty"));
        Assert.That(Rejection([0xff]), Is.EqualTo("the client id is no UTF-8"));
        Assert.That(Rejection(new byte[ClientPath.LongestName]), Does.Contain("takes 6144 bytes").And.Contain("2048"));
        Assert.That(Rejection(Encoding.UTF8.GetBytes(new string('a', 65_535))), Does.Contain("has 65535 bytes"));
        Assert.That(Rejection(Encoding.UTF8.GetBytes(new string('a', ClientPath.LongestName))), Is.Null);
    }

    private static string? Rejection(ReadOnlySpan<byte> clientId)
    {
        new ClientPath("/clients", shards: true).TryMap(clientId, out _, out var rejection);
        return rejection;
    }

    private static string? Map(ClientPath paths, string clientId)
    {
        Assert.That(
            paths.TryMap(Encoding.UTF8.GetBytes(clientId), out var path, out var rejection),
            Is.True,
            rejection
        );
        return path;
    }

    private static string? MisplacedFrom(ClientPath paths, string path) =>
        paths.ClientOf(path) is { } clientId ? paths.MisplacedFrom(path, Encoding.UTF8.GetBytes(clientId)) : null;
}
