using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper;

/// <summary>What ZooKeeper keeps about a znode.</summary>
/// <param name="Czxid">The transaction that created it.</param>
/// <param name="Mzxid">The transaction that last changed its data.</param>
/// <param name="Ctime">Unix time of the creation, ms.</param>
/// <param name="Mtime">Unix time of the last change, ms.</param>
/// <param name="Version">Changes of the data.</param>
/// <param name="Cversion">Changes of the children.</param>
/// <param name="Aversion">Changes of the access list.</param>
/// <param name="EphemeralOwner">The session that an ephemeral belongs to; 0 for a persistent znode.</param>
/// <param name="Pzxid">The transaction that last changed the children.</param>
public readonly record struct Stat(
    long Czxid,
    long Mzxid,
    long Ctime,
    long Mtime,
    int Version,
    int Cversion,
    int Aversion,
    long EphemeralOwner,
    int DataLength,
    int NumChildren,
    long Pzxid
)
{
    internal static Stat Read(ref JuteReader reader) =>
        new(
            reader.ReadLong(),
            reader.ReadLong(),
            reader.ReadLong(),
            reader.ReadLong(),
            reader.ReadInt(),
            reader.ReadInt(),
            reader.ReadInt(),
            reader.ReadLong(),
            reader.ReadInt(),
            reader.ReadInt(),
            reader.ReadLong()
        );

    internal void Write(JuteWriter writer)
    {
        writer.WriteLong(Czxid);
        writer.WriteLong(Mzxid);
        writer.WriteLong(Ctime);
        writer.WriteLong(Mtime);
        writer.WriteInt(Version);
        writer.WriteInt(Cversion);
        writer.WriteInt(Aversion);
        writer.WriteLong(EphemeralOwner);
        writer.WriteInt(DataLength);
        writer.WriteInt(NumChildren);
        writer.WriteLong(Pzxid);
    }
}
