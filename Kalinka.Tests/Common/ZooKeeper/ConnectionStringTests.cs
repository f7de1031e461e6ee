using Kalinka.Common.ZooKeeper;

namespace Kalinka.Tests.Common.ZooKeeper;

internal sealed class ConnectionStringTests
{
    [TestCase("z1", "z1:2181")]
    [TestCase("z1:2182", "z1:2182")]
    [TestCase(" z1:2181 , z2:2182 ", "z1:2181,z2:2182")]
    [TestCase("z1:2181,10.0.0.2:2181/kalinka", "z1:2181,10.0.0.2:2181/kalinka")]
    [TestCase("z1/a/b", "z1:2181/a/b")]
    [TestCase("z1/", "z1:2181")]
    [TestCase("[::1]", "[::1]:2181")]
    [TestCase("[fe80::1]:2182/kalinka", "[fe80::1]:2182/kalinka")]
    public void What_is_one_is_read(string text, string read)
    {
        Assert.That(ConnectionString.TryParse(text, out var parsed, out var error), Is.True, error);
        Assert.That(parsed!.ToString(), Is.EqualTo(read));
        Assert.That(error, Is.Null);
    }

    [TestCase("", "a server is missing")]
    [TestCase("z1,,z2", "a server is missing")]
    [TestCase("/kalinka", "a server is missing")]
    [TestCase("z1:0", "a port is a number from 1 to 65535")]
    [TestCase("z1:65536", "a port is a number from 1 to 65535")]
    [TestCase("z1:", "a port is a number from 1 to 65535")]
    [TestCase("z1:-1", "a port is a number from 1 to 65535")]
    [TestCase("z1:x", "a port is a number from 1 to 65535")]
    [TestCase("::1:2181", "written as [::1]:2181")]
    [TestCase("[z1]:2181", "no IPv6 address in brackets")]
    [TestCase("[::1:2181", "no IPv6 address in brackets")]
    [TestCase("[::1]2181", "something other than :port")]
    [TestCase("zk://z1", "'zk:': a port is a number")]
    [TestCase("z 1", "does not begin with a host name")]
    [TestCase(":2181", "does not begin with a host name")]
    [TestCase("z1/a/", "does not end with /")]
    [TestCase("z1/a//b", "not empty, . or ..")]
    [TestCase("z1/..", "not empty, . or ..")]
    [TestCase("z1:2181/kalinka,z2:2181/kalinka", "once, behind the last server")]
    public void What_is_none_is_explained(string text, string explanation)
    {
        Assert.That(ConnectionString.TryParse(text, out var parsed, out var error), Is.False);
        Assert.That(parsed, Is.Null);
        Assert.That(error, Does.Contain(explanation));
    }

    [Test]
    public void A_client_is_not_made_with_what_is_none()
    {
        var options = new ZooKeeperOptions("", default, null, null, "/clients", Shards: true);
        Assert.That(
            () =>
                new ZooKeeperClient(
                    options,
                    TimeProvider.System,
                    Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
                ),
            Throws.ArgumentException
        );
    }
}
