namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>A frame whose length is larger than this side takes.</summary>
internal sealed class OversizeFrameException(int length, int limit)
    : IOException($"a frame of {length} bytes; at most {limit} are taken (jute.maxbuffer)");
